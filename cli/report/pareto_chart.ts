/**
 * The Pareto front of a search: bytes against divergence, both on logarithmic axes.
 * @module
 */
import type { Candidate, SearchReport } from "../../mod.ts";
import { escape } from "./escape.ts";
import { bytes } from "./units.ts";

const WIDTH = 900;
const HEIGHT = 420;
const LEFT = 80;
const BOTTOM = 40;

const TITLE = "Bytes of the file against divergence from the float model where samples chose; " +
  "both axes are logarithmic, less of both is better.";
/** What a page's style says of charts. */
const STYLE = "svg { --bar: #2a78d6; --weak: #c2571a; color: #222; background: #fff; } " +
  "text { font: 11px system-ui, sans-serif; fill: currentColor; }";

/** The chart with a line above it that says what it shows, for a page. */
export function paretoChart(report: SearchReport): string {
  return `<p>${escape(TITLE)}</p>\n${svgOf(report)}`;
}

/** The chart as a file of its own. */
export function paretoSvg(report: SearchReport): string {
  return `${svgOf(report, STYLE)}\n`;
}

/** An SVG of all candidates, with a line through those on the front. */
function svgOf({ candidates, chosen, limits }: SearchReport, style?: string): string {
  const x = scale(candidates.map(({ bytes }) => bytes), LEFT, WIDTH - 110);
  const y = scale(candidates.map(({ loss }) => Math.max(loss, 1e-9)), HEIGHT - BOTTOM, 20);
  const at = ({ bytes, loss }: Candidate) => [x(bytes), y(Math.max(loss, 1e-9))];
  const line = candidates.filter(({ front }) => front).map((one) => at(one).map(fixed).join());
  const points = candidates.map((one) => {
    const [cx, cy] = at(one).map(fixed);
    const colour = one.front ? "var(--bar)" : "var(--weak)";
    const radius = one.name === chosen.name ? 7 : 4;
    return `<g><title>${escape(one.name)}: ${one.bytes} bytes, ${one.loss.toPrecision(3)}</title>` +
      `<circle cx="${cx}" cy="${cy}" r="${radius}" fill="${colour}"/>` +
      `<text x="${Number(cx) + 9}" y="${Number(cy) + 4}">${escape(one.name)}</text></g>`;
  });
  const space = 'xmlns="http://www.w3.org/2000/svg"';
  const head = style
    ? `<svg ${space} viewBox="0 0 ${WIDTH} ${HEIGHT}">\n<title>${escape(TITLE)}</title>\n` +
      `<style>${style}</style>`
    : `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="100%" role="img" aria-label="${
      escape(TITLE)
    }">`;
  return `${head}
<path d="M${LEFT} 20V${HEIGHT - BOTTOM}H${WIDTH}" fill="none" stroke="currentColor"/>
${axisTexts(candidates, x, y).join("\n")}
${budgetLine(limits.budget, candidates, x)}
<polyline points="${line.join(" ")}" fill="none" stroke="var(--bar)"/>
${points.join("\n")}
</svg>`;
}

function axisTexts(
  candidates: readonly Candidate[],
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  const sizes = candidates.map(({ bytes }) => bytes);
  const losses = candidates.map(({ loss }) => Math.max(loss, 1e-9));
  const ends = (values: number[]) => [Math.min(...values), Math.max(...values)];
  return [
    ...ends(sizes).map((size) =>
      `<text x="${fixed(x(size))}" y="${HEIGHT - 12}" text-anchor="middle">${bytes(size)}</text>`
    ),
    ...ends(losses).map((loss) =>
      `<text x="${LEFT - 8}" y="${fixed(y(loss) + 4)}" text-anchor="end">${
        loss.toPrecision(2)
      }</text>`
    ),
  ];
}

function budgetLine(
  budget: number | undefined,
  candidates: readonly Candidate[],
  x: (value: number) => number,
): string {
  const sizes = candidates.map(({ bytes }) => bytes);
  if (!budget || budget < Math.min(...sizes) || budget > Math.max(...sizes)) return "";
  const at = fixed(x(budget));
  return `<path d="M${at} 20V${HEIGHT - BOTTOM}" stroke="var(--weak)" stroke-dasharray="4 4"/>`;
}

/** A logarithmic scale of the values' range onto `from`…`to`. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.log);
  return (value) => from + (to - from) * (Math.log(value) - low) / (high - low || 1);
}

function fixed(value: number): string {
  return value.toFixed(1);
}
