/** Rounding by columns: the same numbers as by the Gram matrix that they make. */
import assert from "node:assert/strict";
import { evenGrid, uniformLevels } from "../../converters/compress/grids/mod.ts";
import {
  columnProblem,
  descendOnColumns,
  stepOnColumns,
} from "../../converters/compress/rounding/columns.ts";
import { coordinateDescent } from "../../converters/compress/rounding/coordinate_descent.ts";
import { OutputErrors, outputErrors } from "../../converters/compress/rounding/output_error.ts";
import { refitSteps } from "../../converters/compress/rounding/refit_steps.ts";
import { rowGrids } from "../../converters/compress/rounding/row_grid.ts";
import {
  LARGEST_DEPTH,
  mergeMoments,
  MomentSums,
} from "../../converters/compress/statistics/mod.ts";
import type { Moments } from "../../converters/compress/statistics/mod.ts";
import { noise } from "../helpers/small_models.ts";

const [DEPTH, COUNT, CHANNELS] = [24, 9, 3];

/** Moments of some columns x and x̂ = x + 0.1·noise, and the columns. */
function moments(): Moments {
  const original = noise(COUNT * DEPTH, 1);
  const other = noise(COUNT * DEPTH, 2);
  const compressed = original.map((value, i) => value + 0.1 * other[i]);
  const sums = new MomentSums({ blocks: 1, depth: DEPTH, positions: 1 }, true);
  sums.add(original, compressed);
  return { ...sums.finish(), columns: { count: COUNT, original, compressed } };
}

Deno.test("coordinate descent and steps on columns are those on their Gram matrix", () => {
  const { columns, ...known } = moments();
  // Both x: the target is the weights themselves.
  const same = { ...known, columns: { ...columns!, original: columns!.compressed } };
  const problem = columnProblem(same)!;
  const { damping } = problem;
  const gram = Float64Array.from({ length: DEPTH * DEPTH }, (_, at) => {
    const [i, j] = [Math.floor(at / DEPTH), at % DEPTH];
    const of = (k: number) => problem.compressed.subarray(k * COUNT, (k + 1) * COUNT);
    const product = of(i).reduce((sum, value, n) => sum + value * of(j)[n], 0) / COUNT;
    return product + (i === j ? damping : 0);
  });
  const mean = problem.diagonal.reduce((sum, value) => sum + value, 0) / DEPTH;
  assert(Math.abs(damping / (Math.sqrt(DEPTH / COUNT) * mean) - 1) < 1e-9);
  const rows = Float64Array.from(noise(CHANNELS * DEPTH, 3));
  const grid = evenGrid(new Float64Array(CHANNELS).fill(0.3), DEPTH, uniformLevels(-4, 3));
  const grids = rowGrids(grid, rows);
  const wanted = new Int8Array(rows.length);
  coordinateDescent(gram, DEPTH, rows, grids, wanted);
  const steps = refitSteps(gram, DEPTH, rows, wanted, grid.steps);
  grids.forEach((own, o) => {
    const [from, to] = [o * DEPTH, (o + 1) * DEPTH];
    const q = new Int8Array(DEPTH);
    // It stops after a few sweeps.
    for (let i = 0; i < 10; i++) descendOnColumns(problem, rows.subarray(from, to), own, q);
    assert.deepEqual(q, wanted.slice(from, to));
    const step = stepOnColumns(problem, rows.subarray(from, to), q, 1);
    assert(Math.abs(step / steps[o] - 1) < 1e-5);
  });
});

Deno.test("errors by columns are those by moments", () => {
  const known = moments();
  const float = {
    rows: Float64Array.from(noise(CHANNELS * DEPTH, 4)),
    bias: new Float64Array(CHANNELS),
  };
  const rounded = float.rows.map((value) => Math.round(value * 4) / 4);
  const [by, other] = [outputErrors(known, float), new OutputErrors(known, float)];
  const near = (a: Float64Array, b: Float64Array) =>
    a.forEach((value, o) => assert(Math.abs(value - b[o]) < 1e-5, `${value} ${b[o]}`));
  near(by.variances, other.variances);
  near(by.of(rounded).spread, other.of(rounded).spread);
  near(by.of(rounded).shift, other.of(rounded).shift);
});

Deno.test("columns are kept where only diagonals are and x̂ differs, and joined", () => {
  const of = (depth: number, paired: boolean, seed: number) => {
    const sums = new MomentSums({ blocks: 1, depth, positions: 1 }, paired);
    const columns = noise(2 * depth, seed);
    sums.add(columns, paired ? columns.map((value) => -value) : undefined);
    return sums.finish();
  };
  const deep = LARGEST_DEPTH + 1;
  assert.equal(of(8, true, 1).columns, undefined);
  assert.equal(of(deep, false, 1).columns, undefined);
  const [a, b] = [of(deep, true, 1), of(deep, true, 2)];
  assert.deepEqual(a.columns!.original, noise(2 * deep, 1));
  assert.deepEqual(a.columns!.compressed, noise(2 * deep, 1).map((value) => -value));
  const { columns } = mergeMoments(a, b);
  assert.equal(columns!.count, 4);
  assert.deepEqual(columns!.original.slice(2 * deep), noise(2 * deep, 2));
});
