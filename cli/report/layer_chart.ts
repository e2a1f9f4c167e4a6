/**
 * The chart of layers: signal to quantization noise, one bar a layer.
 * @module
 */
import type { LayerReport } from "../../mod.ts";
import { escape } from "./escape.ts";

const ROW = 18;
const LABEL = 220;
const WIDTH = 900;
/** Below this a layer is marked: its noise has a tenth of its signal's amplitude. */
const WEAK_DB = 20;

/** An SVG of all layers whose noise was measured, in running order; a line of text where none was. */
export function layerChart(layers: readonly LayerReport[]): string {
  const measured = layers.flatMap(({ name, sqnrDb }) => sqnrDb === null ? [] : [{ name, sqnrDb }]);
  if (measured.length === 0) return "<p>No layer differs from the float model.</p>";
  const most = Math.max(40, ...measured.map(({ sqnrDb }) => sqnrDb));
  const scale = (WIDTH - LABEL - 60) / most;
  const bars = measured.map(({ name, sqnrDb }, i) => {
    const width = Math.max(sqnrDb, 0) * scale;
    const colour = sqnrDb < WEAK_DB ? "var(--weak)" : "var(--bar)";
    const y = i * ROW;
    return `<g><title>${escape(name)}: ${sqnrDb.toFixed(1)} dB</title>` +
      `<text x="${LABEL - 6}" y="${y + 13}" text-anchor="end">${escape(shorten(name))}</text>` +
      `<rect x="${LABEL}" y="${y + 3}" width="${width.toFixed(1)}" height="12" rx="2" ` +
      `fill="${colour}"/>` +
      `<text x="${(LABEL + width + 5).toFixed(1)}" y="${y + 13}">${sqnrDb.toFixed(1)}</text></g>`;
  });
  const height = measured.length * ROW + 4;
  return `<p>Signal to quantization noise of each layer's output, dB; more is better.</p>
<svg viewBox="0 0 ${WIDTH} ${height}" width="100%" role="img" aria-label="Noise of each layer">
${bars.join("\n")}
</svg>`;
}

/** The end of a name tells more than its beginning. */
function shorten(name: string): string {
  return name.length > 34 ? `…${name.slice(-33)}` : name;
}
