/**
 * Linear maps along one axis, by a constant matrix.
 * @module
 */
import { emitConcat } from "./concat.ts";
import type { Lowering } from "./lowering.ts";
import { emitSlice, partAlong } from "./slice.ts";

/** A matrix by its rows: one for each place of the output. */
export type Matrix = readonly (readonly number[])[];

/** Emits y[…, i, …] = Σ m[i][k] · x[…, k, …] along an axis. */
export function emitLinear(
  context: Lowering,
  value: string,
  axis: number,
  matrix: Matrix,
): string {
  const chosen = selection(matrix);
  if (chosen) return emitSelection(context, value, axis, chosen);
  const rank = context.shapeOf(value).length;
  const weights = context.newConstant([matrix.length, matrix[0].length], matrix.flat());
  const turned = emitSwap(context, value, axis, rank - 1);
  const shape = [...context.shapeOf(turned).slice(0, -1), matrix.length];
  const mapped = context.emit("FullyConnected", [turned, weights], { shape });
  return emitSwap(context, mapped, axis, rank - 1);
}

/** Emits a Transpose that swaps two axes. */
export function emitSwap(context: Lowering, value: string, a: number, b: number): string {
  if (a === b) return value;
  const from = context.shapeOf(value);
  const list = from.map((_, axis) => axis === a ? b : axis === b ? a : axis);
  return context.emit("Transpose", [value], { shape: list.map((axis) => from[axis]), list });
}

/** Which entry each row takes, where each takes just one as it is; else null. */
function selection(matrix: Matrix): number[] | null {
  const places = matrix.map((row) => row.indexOf(1));
  const pure = matrix.every((row, i) =>
    places[i] >= 0 && row.every((factor, k) => factor === (k === places[i] ? 1 : 0))
  );
  return pure ? places : null;
}

/** Entries of an axis that follow each other by one step. */
interface Run {
  begin: number;
  step: number;
  size: number;
}

/** Emits the entries of an axis at the given places: by repeating, or by joining slices. */
export function emitSelection(
  context: Lowering,
  value: string,
  axis: number,
  places: readonly number[],
): string {
  const from = context.shapeOf(value);
  const times = places.length / from[axis];
  if (Number.isInteger(times) && places.every((place, i) => place === Math.floor(i / times))) {
    return emitRepeat(context, value, axis, times);
  }
  const parts = runsOf(places).map(({ begin, size, step }) =>
    emitSlice(context, value, partAlong(from, axis, begin, size, step))
  );
  return emitConcat(context, parts, axis);
}

/** The places as runs, each as long as it gets. */
export function runsOf(places: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const place of places) {
    const run = runs.at(-1);
    const step = run && run.size > 1 ? run.step : place - (run?.begin ?? 0);
    if (run && step !== 0 && place === run.begin + run.size * step) {
      run.step = step;
      run.size++;
    } else runs.push({ begin: place, step: 1, size: 1 });
  }
  return runs;
}

/** Emits every entry of an axis several times, side by side. */
export function emitRepeat(
  context: Lowering,
  value: string,
  axis: number,
  times: number,
): string {
  if (times === 1) return value;
  const shape = context.shapeOf(value);
  const outer = shape.slice(0, axis + 1).reduce((a, b) => a * b, 1);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const rows = context.emit("Reshape", [value], { shape: [outer, 1, inner] });
  const repeated = emitConcat(context, new Array<string>(times).fill(rows), 1);
  return context.emit("Reshape", [repeated], {
    shape: shape.map((dim, i) => i === axis ? dim * times : dim),
  });
}
