/**
 * A report as a table for the terminal.
 * @module
 */
import type { AccuracyReport, Report } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { deviceRows } from "./device.ts";
import { bytes, count, decibels, milliseconds, percent } from "./units.ts";

/** The reason of a layer that the recipe keeps in float. */
const KEPT_FLOAT = "kept in float by the recipe";

/** The table that `bundle` and `check` print. */
export function reportText(report: Report, style: Style = PLAIN): string {
  const { model, target, recipe } = report;
  const title = `${style.strong(model.name)} for ${target.name} (${target.runtime})`;
  const how = `${recipe.weights} weights, ${recipe.activations} activations, ` +
    `${count(model.parameters)} parameters, ${count(model.operations)} operations`;
  const rows = [
    ...searchRows(report),
    ...sizeRows(report),
    ...accuracyRows(report, style),
    ...outputRows(report, style),
    ...deviceRows(report, style),
    ...speedRows(report),
  ];
  return [title, style.faint(how), "", table(rows)].join("\n");
}

function searchRows({ search }: Report): string[][] {
  if (!search) return [];
  const { candidates, chosen, samples } = search;
  const about = `best of ${candidates.length} recipes by ${samples.selection} other samples`;
  return [["searched", chosen.name, about]];
}

function sizeRows({ bytes: sizes, model: { parameters }, device }: Report): string[][] {
  const { weights, model, code, codeBrotli, total, totalGzip, totalBrotli } = sizes;
  return [
    [
      "weights",
      bytes(weights),
      shareOfFloat32(weights, parameters),
    ],
    ["model", bytes(model), "weights, structure, golden samples"],
    // A board's code and constants are told of with the board.
    ...(device ? [] : [
      ["code", bytes(code), `brotli ${bytes(codeBrotli)}`],
      ["shipped", bytes(total), `gzip ${bytes(totalGzip)}, brotli ${bytes(totalBrotli)}`],
    ]),
  ];
}

/** "25.2% of float32": of what the parameters of the original take as float32. */
export function shareOfFloat32(bytes: number, parameters: number): string {
  return parameters ? `${percent(bytes / parameters / 4)} of float32` : "it has none";
}

function accuracyRows({ accuracy, split }: Report, style: Style): string[][] {
  if (!accuracy) return [["accuracy", "not measured", "give --data to measure it"]];
  const { metric, samples, original, bundle, originalInterval, bundleInterval } = accuracy;
  const { drop, dropInterval, agreement, pValue, top5 } = accuracy;
  const share = metric === "mse" ? (value: number) => value.toPrecision(4) : percent;
  const between = ([low, high]: [number, number]) => `95%: ${share(low)} to ${share(high)}`;
  const held = split?.calibration && split.source === "split"
    ? `, ${split.calibration} others calibrated`
    : "";
  const rows = [
    ["samples", String(samples), `held out${held}`],
    [`${metric} original`, share(original), between(originalInterval)],
    [`${metric} bundle`, share(bundle), between(bundleInterval)],
    ["drop", markDrop(accuracy, share(drop), style), between(dropInterval)],
    ["agreement", percent(agreement), `McNemar p = ${pValue.toPrecision(2)}`],
  ];
  if (top5) rows.push(["top5", percent(top5.bundle), `original ${percent(top5.original)}`]);
  return rows;
}

/** A drop that its interval tells from none is bad; anything else is fine. */
function markDrop({ dropInterval: [low] }: AccuracyReport, text: string, style: Style): string {
  return low > 0 ? style.bad(text) : style.good(text);
}

function outputRows(report: Report, style: Style): string[][] {
  const { outputs, bitExact, goldenError, mismatch } = report;
  const rows: string[][] = [];
  if (outputs) {
    const { sqnrDb, maxAbsError, maxRelativeError } = outputs;
    const worst = `largest error ${maxAbsError.toPrecision(3)}, ${
      (maxRelativeError * 100).toPrecision(3)
    }% of the range`;
    rows.push(["outputs", decibels(sqnrDb), worst]);
  }
  if (bitExact === true) rows.push(["golden", style.good("bit-exact"), "every layer"]);
  if (isFault(report)) {
    const where = mismatch
      ? `first in "${mismatch.layer}" (${mismatch.op}), element ${mismatch.element}: ` +
        `${mismatch.got}, reference ${mismatch.wanted}`
      : "";
    rows.push(["golden", style.bad("not bit-exact"), where]);
  } else if (bitExact === false) {
    rows.push(["golden", `±${(goldenError ?? 0).toPrecision(2)}`, "float sums, last bits differ"]);
  }
  return rows;
}

/**
 * Whether the bundle differs from the reference where it must not: first in a layer that is neither
 * in a float model nor kept in float, whose sums may differ in their last bits.
 */
export function isFault({ bitExact, mismatch, recipe, layers }: Report): boolean {
  if (bitExact !== false || recipe.activations !== "int8") return false;
  const reason = layers.find(({ name }) => name === mismatch?.layer)?.reason;
  return reason !== KEPT_FLOAT;
}

function speedRows({ latencyMs, coldStartMs, memory }: Report): string[][] {
  const rows: string[][] = [];
  if (latencyMs) {
    const { p50, p95 } = latencyMs;
    rows.push(["latency", milliseconds(p50), `p95 ${milliseconds(p95)}`]);
  }
  if (coldStartMs !== null) {
    rows.push(["cold start", milliseconds(coldStartMs), "whole process to first result"]);
  }
  const peak = memory.peakBytes === null ? "" : `process peak ${bytes(memory.peakBytes)}`;
  rows.push(["arena", bytes(memory.arenaBytes), peak]);
  return rows;
}
