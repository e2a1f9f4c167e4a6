/**
 * Charts of layers: one bar a layer, in running order.
 * @module
 */
import type { LayerBlame, LayerReport } from "../../mod.ts";
import { escape } from "./escape.ts";

const ROW = 18;
const LABEL = 220;
const WIDTH = 900;
/** Below this a layer is marked: its noise has a tenth of its signal's amplitude. */
const WEAK_DB = 20;

/** One bar. */
interface Bar {
  name: string;
  value: number;
  /** What stands behind the bar. */
  text: string;
  /** Whether it is marked. */
  weak: boolean;
}

/** Signal to quantization noise of all layers where it was measured; a line of text where none was. */
export function layerChart(layers: readonly LayerReport[]): string {
  const bars = layers.flatMap(({ name, sqnrDb }) =>
    sqnrDb === null
      ? []
      : [{ name, value: sqnrDb, text: sqnrDb.toFixed(1), weak: sqnrDb < WEAK_DB }]
  );
  if (bars.length === 0) return "<p>No layer differs from the float model.</p>";
  const title = "Signal to quantization noise of each layer's output, dB; more is better.";
  return chart(title, bars, 40);
}

/** Signal to quantization noise of the model's output with each layer alone quantized. */
export function blameChart(layers: readonly LayerBlame[]): string {
  const bars = layers.flatMap(({ name, alone: { outputSqnrDb: value } }) =>
    value === null ? [] : [{ name, value, text: value.toFixed(1), weak: value < WEAK_DB }]
  );
  const title = "Signal to quantization noise of the model's output with each layer alone " +
    "quantized, dB; less is worse.";
  return chart(title, bars, 40);
}

/** The profile: time of all layers where it was measured, else nothing. */
export function timeChart(layers: readonly LayerReport[]): string {
  const total = layers.reduce((sum, { ms }) => sum + (ms ?? 0), 0);
  const bars = layers.flatMap(({ name, ms, macs }) => {
    if (ms === null) return [];
    const parts = [`${(ms * 1000).toFixed(1)} µs`, `${(ms / total * 100).toFixed(1)}%`];
    if (macs) parts.push(`${(2 * macs / ms / 1e6).toFixed(1)} GOP/s`);
    return [{ name, value: ms, text: parts.join(" · "), weak: false }];
  });
  const title = "Time of each layer on the target, its share of all, and operations a second " +
    "(2 for each product of the plain algorithm).";
  return bars.length ? chart(title, bars, 0) : "";
}

/** Instructions of all layers on a microcontroller where they were counted, else nothing. */
export function instructionChart(layers: readonly LayerReport[]): string {
  const bars = layers.flatMap(({ name, instructions, macs }) => {
    if (!instructions) return [];
    const each = macs ? `, ${(instructions / macs).toFixed(2)} a MAC` : "";
    const text = `${Math.round(instructions)}${each}`;
    return [{ name, value: instructions, text, weak: false }];
  });
  return bars.length ? chart("Instructions of each layer in one inference.", bars, 0) : "";
}

/** @param least the value that fills the width, at least. */
function chart(title: string, bars: readonly Bar[], least: number): string {
  const most = bars.reduce((top, { value }) => Math.max(top, value), least) || 1;
  const room = 12 + 7 * Math.max(...bars.map(({ text }) => text.length));
  const rows = bars.map((bar, i) => row(bar, i * ROW, (WIDTH - LABEL - room) / most));
  const height = bars.length * ROW + 4;
  return `<p>${escape(title)}</p>
<svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label="${escape(title)}">
${rows.join("\n")}
</svg>`;
}

function row({ name, value, text, weak }: Bar, y: number, scale: number): string {
  const width = Math.max(value, 0) * scale;
  const colour = weak ? "var(--weak)" : "var(--bar)";
  return `<g><title>${escape(name)}: ${text}</title>` +
    `<text x="${LABEL - 6}" y="${y + 13}" text-anchor="end">${escape(shorten(name))}</text>` +
    `<rect x="${LABEL}" y="${y + 3}" width="${width.toFixed(1)}" height="12" rx="2" ` +
    `fill="${colour}"/>` +
    `<text x="${(LABEL + width + 5).toFixed(1)}" y="${y + 13}">${text}</text></g>`;
}

/** The end of a name tells more than its beginning. */
function shorten(name: string): string {
  return name.length > 34 ? `…${name.slice(-33)}` : name;
}
