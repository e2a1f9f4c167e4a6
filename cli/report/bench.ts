/**
 * A benchmark as tables for the terminal.
 * @module
 */
import type { BenchReport, ContenderReport } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { bytes, count, milliseconds, percent } from "./units.ts";

/** What `bench` prints. */
export function benchText(report: BenchReport, style: Style = PLAIN): string {
  const { model, machine, rounds, contenders, skipped } = report;
  const head = [
    `${style.strong(model.name)}, ${count(model.operations)} operations, one thread, batch 1`,
    style.faint(
      `${machine.processor}, ${machine.system}, deno ${machine.deno}; ${rounds.count} rounds of ` +
        `${rounds.milliseconds} ms each, ${rounds.coldStarts} cold starts`,
    ),
  ];
  const parts = [head.join("\n"), speedTable(report, style), costTable(report, style)];
  for (const contender of contenders) {
    if (contender.layers) parts.push(layerTable(contender, style));
  }
  const notes = [
    ...Object.entries(report.peaks).map(([name, gops]) =>
      `Peak of the ${name} kernels: ${gops.toFixed(1)} GOP/s (60×120×576).`
    ),
    ...disagreements(contenders),
    ...skipped.map(({ name, reason }) =>
      `Left out: ${name}. ${reason.message}${reason.hint ? ` (${reason.hint})` : ""}`
    ),
  ];
  return [...parts, style.faint(notes.join("\n"))].join("\n\n");
}

function speedTable({ contenders }: BenchReport, style: Style): string {
  const own = contenders.filter(({ own }) => own).map(({ name }) => name);
  const head = ["latency", "median", "p25 to p75", "min", ...own.map((name) => `vs ${name}`)];
  const rows = contenders.map((contender) => {
    const { name, latencyMs, timesAsLong, gops, ofPeak } = contender;
    const range = `${short(latencyMs.p25)} to ${short(latencyMs.p75)}`;
    return [
      contender.own ? style.strong(name) : name,
      `${short(latencyMs.median)} ms`,
      range,
      short(latencyMs.min),
      ...own.map((other) => other === name ? "" : `${timesAsLong[other].median.toFixed(2)}×`),
      gops.toFixed(1),
      ofPeak === null ? "" : percent(ofPeak),
    ];
  });
  const right = [1, 2, 3, ...own.map((_, i) => 4 + i), 4 + own.length, 5 + own.length];
  return table([[...head, "GOP/s", "of peak"], ...rows], right);
}

function costTable({ contenders, empty }: BenchReport, style: Style): string {
  const memory = (value: number | null) => value === null ? "" : bytes(value);
  const head = ["cost", "cold start", "p25 to p75", "memory: first result", "warm"];
  const rows = contenders.map((contender) => [
    contender.own ? style.strong(contender.name) : contender.name,
    milliseconds(contender.coldStartMs.median),
    `${contender.coldStartMs.p25.toFixed(0)} to ${contender.coldStartMs.p75.toFixed(0)}`,
    memory(contender.firstResultBytes),
    memory(contender.memoryBytes),
    ...[contender.bytes.raw, contender.bytes.gzip, contender.bytes.brotli].map(bytes),
  ]);
  const { coldStartMs, firstBytes, peakBytes } = empty;
  const floor = [
    "empty Deno",
    milliseconds(coldStartMs.median),
    `${coldStartMs.p25.toFixed(0)} to ${coldStartMs.p75.toFixed(0)}`,
    ...[firstBytes, peakBytes].map((value) => value === null ? "" : `(${bytes(value)})`),
  ];
  const all = [
    [...head, "shipped", "gzip", "brotli"],
    ...rows,
    floor.map((cell) => style.faint(cell)),
  ];
  return table(all, [1, 2, 3, 4, 5, 6, 7]);
}

function layerTable({ name, layers = [] }: ContenderReport, style: Style): string {
  const head = ["layer", "op", "ms", "share", "GOP/s", "of peak"];
  const rows = layers.map(({ name, op, milliseconds, share, gops, ofPeak }) => [
    name,
    op,
    milliseconds.toFixed(4),
    percent(share),
    gops === null ? "" : gops.toFixed(1),
    ofPeak === null ? "" : percent(ofPeak),
  ]);
  return `${style.strong(name)}, layer by layer\n${table([head, ...rows], [2, 3, 4, 5])}`;
}

/** Runtimes whose answer to the sample is another than the first one's. */
function disagreements(contenders: readonly ContenderReport[]): string[] {
  const [first, ...others] = contenders;
  return others.filter(({ best }) => best !== null && best !== first.best)
    .map(({ name, best }) => `${name} answers ${best} to the sample, ${first.name} ${first.best}.`);
}

/** Milliseconds with three digits that say something. */
function short(time: number): string {
  return time < 10 ? time.toFixed(3) : time.toFixed(1);
}
