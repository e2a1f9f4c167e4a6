/**
 * What `search` found, as tables and as a page.
 * @module
 */
import type { AccuracyReport, Candidate, SearchReport } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { escape } from "./escape.ts";
import { page } from "./page.ts";
import { paretoChart, paretoSvg } from "./pareto_chart.ts";
import { bytes, count, milliseconds, percent } from "./units.ts";

/** The tables for the terminal. */
export function searchText(report: SearchReport, style: Style = PLAIN): string {
  const { model, samples, chosen, evaluation } = report;
  const { calibration, selection, evaluation: held } = samples;
  return [
    style.strong(model.name),
    style.faint(`${calibration} samples calibrated, ${selection} chose, ${held} evaluated`),
    "",
    frontText(report, style),
    "",
    layersText(report),
    "",
    `${style.good("chosen")}: ${chosen.name}, ${bytes(chosen.bytes)}, ` +
    `${value(chosen.accuracy)} of ${value(chosen.accuracy, "original")} where samples chose` +
    (evaluation
      ? `, ${value(evaluation)} of ${
        value(evaluation, "original")
      } on ${evaluation.samples} held out`
      : ""),
    ...uniformText(report),
  ].join("\n");
}

/** A page that needs nothing from anywhere. */
export function searchHtml(report: SearchReport): string {
  const { model, recipe, kedge } = report;
  return page({
    title: `${model.name} · kedge search`,
    body: `<h1>${escape(model.name)} <small>what to give each layer</small></h1>
${paretoChart(report)}
<pre>${escape(searchText(report))}</pre>
<h2>Recipe</h2>
<pre>${escape(JSON.stringify(recipe, null, 2))}</pre>
<footer>kedge ${escape(kedge)} · model SHA-256 ${escape(model.sha256)}</footer>`,
  });
}

/** The file that a path asks for: the front alone for `.svg`, else the whole page. */
export function searchPicture(report: SearchReport, path: string): string {
  return /\.svg$/i.test(path) ? paretoSvg(report) : searchHtml(report);
}

/** All candidates, those on the front marked. */
export function frontText({ candidates, chosen }: SearchReport, style: Style = PLAIN): string {
  const timed = candidates.some(({ estimatedMs }) => estimatedMs !== null);
  const metric = chosen.accuracy.metric;
  const rows = candidates.map((candidate: Candidate) => {
    const { name, accuracy, loss, front, estimatedMs } = candidate;
    const mark = name === chosen.name ? "chosen" : front ? "front" : "";
    return [
      ...[name, bytes(candidate.bytes), loss.toPrecision(3), value(accuracy), drop(accuracy)],
      ...timed ? [milliseconds(estimatedMs ?? 0)] : [],
      mark === "chosen" ? style.good(mark) : mark,
    ];
  });
  const head = ["candidate", "file", "divergence", metric, "drop", ...timed ? ["time"] : [], ""];
  return table([head, ...rows], [1, 2, 3, 4, ...timed ? [5] : []]);
}

function layersText({ layers }: SearchReport): string {
  const rows = layers.map(({ name, parameters, chosen, bytes: size }) => {
    return [name, count(parameters), chosen, bytes(size), (8 * size / parameters).toFixed(2)];
  });
  return table([["layer", "weights", "choice", "bytes", "bits a weight"], ...rows], [1, 3, 4]);
}

function uniformText({ uniform, evaluation, chosen }: SearchReport): string[] {
  if (!uniform.length || !evaluation) return [];
  const all = [...uniform, {
    name: `search: ${chosen.name}`,
    bytes: chosen.bytes,
    accuracy: evaluation,
  }];
  const rows = all.toSorted((a, b) => a.bytes - b.bytes).map((row) => [
    ...[row.name, bytes(row.bytes), value(row.accuracy), drop(row.accuracy)],
    percent(row.accuracy.agreement),
  ]);
  const head = ["held out", "file", evaluation.metric, "drop", "agreement"];
  return ["", table([head, ...rows], [1, 2, 3, 4])];
}

function value(accuracy: AccuracyReport, which: "bundle" | "original" = "bundle"): string {
  return share(accuracy.metric, accuracy[which]);
}

function drop({ metric, drop }: AccuracyReport): string {
  return share(metric, drop);
}

function share(metric: string, value: number): string {
  return metric === "mse" ? value.toPrecision(4) : percent(value);
}
