/** Better integers than one weight at a time finds: GPTQ at several steps, pairs of weights. */
import assert from "node:assert/strict";
import { evenGrid, levelsOf, uniformLevels } from "../../converters/compress/grids/mod.ts";
import { coordinateDescent } from "../../converters/compress/rounding/coordinate_descent.ts";
import { Gptq } from "../../converters/compress/rounding/gptq.ts";
import { gptqSteps } from "../../converters/compress/rounding/gptq_steps.ts";
import { pairDescent } from "../../converters/compress/rounding/pair_descent.ts";
import { quadraticErrors } from "../../converters/compress/rounding/problem.ts";
import { rowGrids } from "../../converters/compress/rounding/row_grid.ts";
import { noise } from "../helpers/small_models.ts";

const INT4 = uniformLevels(-8, 7);

/** A Gram matrix of inputs that are alike. */
function gramOf(depth: number, seed: number): Float64Array {
  const parts = noise(depth * depth, seed);
  const gram = new Float64Array(depth * depth);
  for (let i = 0; i < depth; i++) {
    for (let j = 0; j < depth; j++) {
      for (let k = 0; k < depth; k++) {
        gram[i * depth + j] += (0.5 + parts[k * depth + i]) * (0.5 + parts[k * depth + j]);
      }
    }
    gram[i * depth + i] += 0.2;
  }
  return gram;
}

function gridsOf(rows: Float64Array, steps: Float64Array) {
  return rowGrids(evenGrid(steps, rows.length / steps.length, INT4), rows);
}

Deno.test("errors of rows by hand", () => {
  // e = (0.4, −0.4): 0.16·(1 + 1 − 2·0.9).
  const [error] = quadraticErrors(
    { depth: 2, gram: Float64Array.of(1, 0.9, 0.9, 1) },
    Float64Array.of(0.4, 0.6),
    Int8Array.of(0, 1),
    Float64Array.of(1),
  );
  assert.ok(Math.abs(error - 0.032) < 1e-12);
});

Deno.test("pairs by hand: one weight goes down and the other up, where neither does alone", () => {
  // From (1, 0), e = (−0.6, 0.6) costs 0.072; (0, 0) and (1, 1) cost more, (0, 1) costs 0.032.
  const gram = Float64Array.of(1, 0.9, 0.9, 1);
  const target = Float64Array.of(0.4, 0.6);
  const grids = gridsOf(target, Float64Array.of(1));
  const q = Int8Array.of(1, 0);
  coordinateDescent(gram, 2, target, grids, q);
  assert.deepEqual([...q], [1, 0]);
  pairDescent(gram, 2, target, grids, q);
  assert.deepEqual([...q], [0, 1]);
});

Deno.test("pairs never make it worse, keep to their levels, and leave zeros alone", () => {
  const [depth, channels] = [12, 6];
  const gram = gramOf(depth, 1);
  const rows = Float64Array.from(noise(depth * channels, 2), (w, i) => i % 5 ? w : 0);
  const steps = new Float64Array(channels).fill(0.15);
  const grids = gridsOf(rows, steps);
  const q = Gptq.of(gram, depth)!.round(rows, grids).integers;
  coordinateDescent(gram, depth, rows, grids, q);
  const before = quadraticErrors({ depth, gram }, rows, q, steps);
  pairDescent(gram, depth, rows, grids, q);
  const after = quadraticErrors({ depth, gram }, rows, q, steps);
  after.forEach((error, o) => assert.ok(error <= before[o] + 1e-12));
  assert.ok(after.some((error, o) => error < 0.95 * before[o]), `${before} ${after}`);
  q.forEach((value, i) => assert.ok(i % 5 ? INT4.values.includes(value) : value === 0));
});

Deno.test("levels beside a level, and none behind the last", () => {
  const rows = Float64Array.of(3, 0);
  const [grid] = rowGrids(evenGrid(Float64Array.of(1), 2, levelsOf([-4, 0, 3])), rows);
  assert.deepEqual([-4, 0, 3].map((level) => grid.beside(0, level, true)), [0, 3, 3]);
  assert.deepEqual([-4, 0, 3].map((level) => grid.beside(0, level, false)), [-4, -4, 0]);
  // A weight that is 0 stays 0.
  assert.equal(grid.beside(1, 0, true), 0);
});

Deno.test("GPTQ's own error is that of what it gives", () => {
  const [depth, channels] = [12, 6];
  const gram = gramOf(depth, 3);
  const rows = Float64Array.from(noise(depth * channels, 4));
  const steps = new Float64Array(channels).fill(0.15);
  const { integers, errors } = Gptq.of(gram, depth)!.round(rows, gridsOf(rows, steps));
  const wanted = quadraticErrors({ depth, gram }, rows, integers, steps);
  errors.forEach((error, o) => assert.ok(Math.abs(error - wanted[o]) < 1e-9));
});

Deno.test("steps of GPTQ by hand: a weight that clips gets a wider one", () => {
  // Shares of 1 stand 1.0615 times apart up to 1.35. 8.4 is 7 steps of 1.198 but for 0.01, 6 of 1.35
  // but for 0.3, 7 of 1.271 but for 0.5; of a step of 1, 7 leave 1.4.
  const target = Float64Array.of(8.4);
  const gptq = Gptq.of(Float64Array.of(1), 1)!;
  const gridsFor = (steps: Float64Array) => gridsOf(target, steps);
  const find = (floor: number) =>
    gptqSteps(gptq, target, Float64Array.of(1), Float64Array.of(floor), gridsFor, 2);
  const found = find(0).map(({ integers: [q], steps: [step] }) => [q, step.toFixed(3)]);
  assert.deepEqual(found, [[7, "1.198"], [6, "1.350"]]);
  assert.equal(find(1.4)[0].steps[0], 1.4);
});
