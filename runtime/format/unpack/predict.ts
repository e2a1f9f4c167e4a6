/**
 * What a value of a window is like by those around it that came before. Trained kernels are smooth:
 * neighbours in the window resemble each other, sign and all, which is most of what is left to gain
 * behind the distribution itself.
 * @module
 */
import type { ByteSource, Layout } from "./unpack.ts";

/** Weights of the neighbours to the left, above, above left and above right, in 1/32. */
export type Weights = readonly [number, number, number, number];

/** No prediction. */
export const UNPREDICTED: Weights = [0, 0, 0, 0];

/** Predictions are kept to −64…64, in 1/32. */
export const PREDICTIONS = 4096;

/** Number of planes and their height, width and depth. */
export interface Grid {
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}

/** Where neighbours are looked for: in the window, or in the row before where it is 1×1. */
export function gridOf({ rows, height, width, depth }: Layout): Grid {
  return height * width > 1
    ? { planes: rows, height, width, depth }
    : { planes: 1, height: rows, width: 1, depth };
}

/** Reads the four weights. */
export function readWeights(source: ByteSource): Weights {
  return [source.int8(), source.int8(), source.int8(), source.int8()];
}

/**
 * Goes through values in order; `visit` is told the prediction of each, −2048…2047, in 1/32, from
 * values that stand there by then.
 */
export function predict(
  values: Int8Array,
  { planes, height, width, depth }: Grid,
  [left, above, aboveLeft, aboveRight]: Weights,
  visit: (i: number, prediction: number) => void,
): void {
  const line = width * depth;
  let i = 0;
  for (let row = 0; row < planes * height; row++) {
    const first = row % height === 0;
    for (let x = 0; x < width; x++) {
      const [l, a] = [x ? left : 0, first ? 0 : above];
      const al = first || !x ? 0 : aboveLeft;
      const ar = first || x === width - 1 ? 0 : aboveRight;
      for (let c = 0; c < depth; c++, i++) {
        let sum = 0;
        if (l) sum += l * values[i - depth];
        if (a) sum += a * values[i - line];
        if (al) sum += al * values[i - line - depth];
        if (ar) sum += ar * values[i - line + depth];
        visit(i, Math.min(2047, Math.max(-2048, sum)));
      }
    }
  }
}

/** Classes of predictions around 0 in the middle: each with its index, and what is added to a value. */
export type Classes = Uint16Array;

/** The class of a prediction of 0, where there is no other. */
export const ONE_CLASS: Classes = /* @__PURE__ */ new Uint16Array(1);

/**
 * `parts` classes of a unit, each an equal part; the whole part is added to the value. One class
 * rounds to the nearest unit.
 * @param parts 1 or 4.
 */
export function partClasses(parts: number): Classes {
  return KNOWN[parts] ??= classesOf(parts);
}

/** Classes that were made already, by their parts. */
const KNOWN: Record<number, Classes> = {};

function classesOf(parts: number): Classes {
  const classes = new Uint16Array(PREDICTIONS);
  const size = 32 / parts;
  for (let from = -size / 2; from < PREDICTIONS; from += size) {
    const at = Math.round((from + size / 2 - PREDICTIONS / 2) / size);
    const found = at & (parts - 1) | (Math.floor(at / parts) & 255) << 8;
    classes.fill(found, Math.max(0, from), from + size);
  }
  return classes;
}
