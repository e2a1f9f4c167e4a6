/**
 * How values and their errors lean on what came before: least squares.
 * @module
 */
import { Context, MEANS, SPREADS } from "../../runtime/format/unpack/context.ts";
import type { Layout } from "../../runtime/format/unpack/unpack.ts";
import { leastSquares } from "./least_squares.ts";

/** Weights are whole 1/8 in 4 bits. */
const WHOLE = 16;

/**
 * Weights for `Context`, of values in 1/512 of their unit.
 * @param far as there.
 */
export function fitContext(values: Int16Array, layout: Layout, far = 0): number[] {
  const nothing = new Array<number>(MEANS + SPREADS).fill(0);
  const means = regress(
    values,
    new Context(layout, nothing, far),
    ({ means }) => means,
    (value) => value,
  );
  const spreads = regress(
    values,
    new Context(layout, [...means, ...nothing], far),
    ({ spreads }) => spreads,
    (value, { means: known }) => {
      const foretold = means.reduce((sum, weight, k) => sum + weight * known[k], 0);
      return Math.abs(value - foretold / WHOLE);
    },
  );
  return [...means, ...spreads];
}

function regress(
  values: Int16Array,
  context: Context,
  inputs: (context: Context) => Int32Array,
  target: (value: number, context: Context) => number,
): number[] {
  const size = inputs(context).length;
  const products = new Float64Array(size * size);
  const targets = new Float64Array(size);
  let squares = 0;
  for (const value of values) {
    context.next();
    const given = inputs(context);
    const wanted = target(value, context);
    squares += wanted * wanted;
    for (let a = 0; a < size; a++) {
      targets[a] += given[a] * wanted;
      for (let b = 0; b <= a; b++) products[a * size + b] += given[a] * given[b];
    }
    context.learn(value);
  }
  const solved = leastSquares(products, targets, squares * 1e-4 + 1e-9);
  return Array.from(solved, (weight) => Math.min(15, Math.max(-16, Math.round(weight * WHOLE))));
}
