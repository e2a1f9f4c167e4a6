/** Rounding by the Gram matrix: GPTQ, coordinate descent, steps, targets, errors. */
import assert from "node:assert/strict";
import { evenGrid, levelsOf, uniformLevels } from "../../converters/compress/grids/mod.ts";
import { MomentSums } from "../../converters/compress/mod.ts";
import { adaround } from "../../converters/compress/rounding/adaround.ts";
import { coordinateDescent } from "../../converters/compress/rounding/coordinate_descent.ts";
import { Gptq } from "../../converters/compress/rounding/gptq.ts";
import { OutputErrors } from "../../converters/compress/rounding/output_error.ts";
import {
  asymmetricTarget,
  dampingOf,
  quadraticOf,
} from "../../converters/compress/rounding/problem.ts";
import { recoverLayer, type Rounding } from "../../converters/compress/rounding/mod.ts";
import { refitSteps } from "../../converters/compress/rounding/refit_steps.ts";
import { RowGrid } from "../../converters/compress/rounding/row_grid.ts";
import { cholesky, inverse } from "../../converters/numeric/mod.ts";
import { noise } from "../helpers/small_models.ts";

const INT4 = uniformLevels(-8, 7);

/** Columns whose elements are correlated, as those of pictures are. */
function columns(count: number, depth: number, seed: number): Float32Array {
  const values = noise(count * depth, seed);
  for (let n = 0; n < count; n++) {
    for (let k = 1; k < depth; k++) {
      values[n * depth + k] = 0.8 * values[n * depth + k - 1] + 0.4 * values[n * depth + k] + 0.1;
    }
  }
  return values;
}

function gramOf(depth: number, seed: number): Float64Array {
  const sums = new MomentSums({ blocks: 1, depth, positions: 1 }, false);
  sums.add(columns(400, depth, seed));
  return quadraticOf(sums.finish(), 0, true).gram;
}

function gridsFor(rows: Float64Array, depth: number, step: number, levels = INT4): RowGrid[] {
  const steps = new Float64Array(rows.length / depth).fill(step);
  return Array.from(
    steps,
    (_, o) =>
      new RowGrid(
        evenGrid(steps, depth, levels),
        o,
        rows.subarray(o * depth, (o + 1) * depth),
      ),
  );
}

/** (t − s·q)·H·(t − s·q)ᵀ over all rows. */
function errorOf(
  gram: Float64Array,
  depth: number,
  target: Float64Array,
  q: Int8Array,
  step: number,
): number {
  let sum = 0;
  for (let at = 0; at < target.length; at += depth) {
    for (let i = 0; i < depth; i++) {
      for (let j = 0; j < depth; j++) {
        const [a, b] = [i, j].map((k) => target[at + k] - step * q[at + k]);
        sum += a * gram[i * depth + j] * b;
      }
    }
  }
  return sum;
}

Deno.test("GPTQ by hand: the second column makes up for the first", () => {
  // H = [[4, 2], [2, 2]]. Column 0 has the larger inputs: q₀ = nearest(0.4) = 0, error 0.4.
  // Of what is left, 2·w₁² + 2·2·0.4·w₁, w₁ = t₁ + 0.4·2/2 is best: nearest(0.3 + 0.4) = 1.
  const target = Float64Array.of(0.4, 0.3);
  const q = Gptq.of(Float64Array.of(4, 2, 2, 2), 2)!.round(target, gridsFor(target, 2, 1));
  assert.deepEqual([...q.integers], [0, 1]);
  // e = (0.4, −0.7): 4·0.16 − 2·2·0.28 + 2·0.49.
  assert.ok(Math.abs(q.errors[0] - 0.5) < 1e-12);
});

Deno.test("GPTQ gives what the published form with the inverse gives", () => {
  const [depth, rows] = [12, 5];
  const gram = gramOf(depth, 1);
  const target = Float64Array.from(noise(rows * depth, 2));
  const step = 0.15;
  const grids = gridsFor(target, depth, step);
  const order = Array.from({ length: depth }, (_, i) => i)
    .sort((a, b) => gram[b * depth + b] - gram[a * depth + a]);
  const sorted = new Float64Array(depth * depth);
  order.forEach((a, i) => order.forEach((b, j) => sorted[i * depth + j] = gram[a * depth + b]));
  const wanted = new Int8Array(target.length);
  grids.forEach((grid, row) => {
    const w = order.map((column) => target[row * depth + column]);
    let rest = inverse(cholesky(sorted, depth)!, depth);
    for (let j = 0; j < depth; j++) {
      const q = grid.nearest(order[j], w[j] / step);
      wanted[row * depth + order[j]] = q;
      const error = (w[j] - step * q) / rest[j * depth + j];
      const old = rest.slice();
      for (let k = j + 1; k < depth; k++) {
        w[k] -= error * old[j * depth + k];
        for (let l = j + 1; l < depth; l++) {
          rest[k * depth + l] = old[k * depth + l] -
            old[k * depth + j] * old[j * depth + l] / old[j * depth + j];
        }
      }
      rest = rest.slice();
    }
  });
  assert.deepEqual([...Gptq.of(gram, depth)!.round(target, grids).integers], [...wanted]);
});

Deno.test("coordinate descent by hand", () => {
  // From q = (0, 0): g = t·H = (2.2, 1.4). Column 0: 2.2/4 = 0.55 → 1, then g = (−1.8, −0.6);
  // column 1: −0.6/2 = −0.3 → 0; then column 0: 1 − 0.45 → 1. Nothing changes any more.
  const target = Float64Array.of(0.4, 0.3);
  const q = Int8Array.of(0, 0);
  coordinateDescent(Float64Array.of(4, 2, 2, 2), 2, target, gridsFor(target, 2, 1), q);
  assert.deepEqual([...q], [1, 0]);
});

Deno.test("coordinate descent ends where no single weight can do better", () => {
  const [depth, rows, step] = [16, 6, 0.2];
  const gram = gramOf(depth, 3);
  const target = Float64Array.from(noise(rows * depth, 4));
  const grids = gridsFor(target, depth, step);
  for (
    const start of [
      Gptq.of(gram, depth)!.round(target, grids).integers,
      new Int8Array(rows * depth),
    ]
  ) {
    const before = errorOf(gram, depth, target, start, step);
    coordinateDescent(gram, depth, target, grids, start);
    const after = errorOf(gram, depth, target, start, step);
    assert.ok(after <= before + 1e-12);
    for (let i = 0; i < start.length; i++) {
      for (let value = -8; value < 8; value++) {
        const other = start.slice();
        other[i] = value;
        assert.ok(errorOf(gram, depth, target, other, step) >= after - 1e-9);
      }
    }
  }
});

Deno.test("AdaRound by hand: one weight goes to its nearest level, two make up for each other", () => {
  const alone = Float64Array.of(0.4);
  assert.deepEqual([...adaround(Float64Array.of(1), 1, alone, gridsFor(alone, 1, 1))], [0]);
  // Inputs that are the same but for a little: what counts is the sum, 0.85, nearest 1.
  const target = Float64Array.of(0.48, 0.37);
  const q = adaround(Float64Array.of(1, 0.99, 0.99, 1), 2, target, gridsFor(target, 2, 1));
  assert.equal(q[0] + q[1], 1);
});

Deno.test("AdaRound errs less than the nearest levels, which it stays beside", () => {
  const [depth, rows, step] = [24, 4, 0.15];
  const gram = gramOf(depth, 3);
  const target = Float64Array.from(noise(rows * depth, 4));
  const grids = gridsFor(target, depth, step);
  const nearest = Int8Array.from(target, (t, i) => grids[0].nearest(i % depth, t / step));
  const q = adaround(gram, depth, target, grids);
  const [got, plain] = [q, nearest].map((each) => errorOf(gram, depth, target, each, step));
  assert.ok(got < 0.6 * plain, `${got} ${plain}`);
  q.forEach((value, i) => assert.ok(Math.abs(value - target[i] / step) <= 1));
});

Deno.test("steps by hand: s = q·H·t / q·H·q", () => {
  // qH = (4, 2) for q = (1, 0): (4·0.8 + 2·0.1) / 4.
  const gram = Float64Array.of(4, 2, 2, 2);
  const steps = refitSteps(
    gram,
    2,
    Float64Array.of(0.8, 0.1, 1, 1),
    Int8Array.of(1, 0, 0, 0),
    Float64Array.of(1, 9),
  );
  assert.deepEqual([...steps].map((step) => step.toFixed(12)), [
    "0.850000000000",
    "9.000000000000",
  ]);
});

Deno.test("weights that are exactly 0 stay 0 where the grid has it", () => {
  const depth = 8;
  const rows = Float64Array.from(noise(depth, 5), (w, i) => i % 2 ? 0 : w);
  const gram = gramOf(depth, 6);
  const grids = gridsFor(rows, depth, 0.1);
  const target = rows.map((w) => w + 0.3);
  const q = Gptq.of(gram, depth)!.round(target, grids).integers;
  coordinateDescent(gram, depth, target, grids, q);
  assert.ok(q.every((value, i) => i % 2 === 0 || value === 0));
  const [binary] = gridsFor(rows, depth, 0.1, levelsOf([-1, 1]));
  assert.equal(binary.nearest(1, -3), -1);
});

Deno.test("the asymmetric target by hand: x̂ = x/2 wants weights twice as large, less the damping", () => {
  const sums = new MomentSums({ blocks: 1, depth: 1, positions: 1 }, true);
  sums.add(Float32Array.of(2, -2), Float32Array.of(1, -1));
  const problem = quadraticOf(sums.finish(), 0, true);
  // H = 1, C = 2, λ = 1/2, as there are two columns.
  assert.equal(dampingOf({ depth: 1, count: 2 }), 0.5);
  assert.equal(dampingOf({ depth: 1, count: 1000 }), 0.01);
  const target = asymmetricTarget(problem, Float64Array.of(3));
  assert.ok(Math.abs(target![0] - 3 * 2.5 / 1.5) < 1e-12);
});

Deno.test("inputs that never vary tell nothing of weights: rounding in float32 is no variance", () => {
  const row = Float32Array.of(0.1, 0.7, 1.3, 0.3);
  const sums = new MomentSums({ blocks: 1, depth: row.length, positions: 1 }, false);
  for (let n = 0; n < 9; n++) sums.add(row);
  const { gram, cross } = quadraticOf(sums.finish(), 0, true);
  assert.deepEqual([...gram], [...cross]);
  assert.deepEqual([...gram], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
});

for (const diagonal of [false, true]) {
  Deno.test(`output errors are those of the outputs${diagonal ? ", inputs uncorrelated" : ""}`, () => {
    const [depth, count] = [4, 304];
    const [x, hat] = diagonal
      ? [single(count, depth, 1), single(count, depth, 1.3)]
      : [columns(count, depth, 1), columns(count, depth, 2)];
    const sums = new MomentSums({ blocks: 1, depth, positions: 1 }, true);
    sums.add(x, hat);
    const full = sums.finish();
    const diagonalOf = (matrix: Float32Array) =>
      Float32Array.from({ length: depth }, (_, i) => matrix[i * depth + i]);
    const moments = !diagonal ? full : {
      ...{ ...full, diagonal, gram: diagonalOf(full.gram) },
      ...{ cross: diagonalOf(full.cross), original: diagonalOf(full.original) },
    };
    const [w, v] = [Float64Array.from(noise(depth, 7)), Float64Array.from(noise(depth, 8))];
    const float = { rows: w, bias: Float64Array.of(0) };
    const errors = new OutputErrors(moments, float);
    const { spread, shift } = errors.of(v);
    const differences = Array.from({ length: count }, (_, n) => {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += w[k] * x[n * depth + k] - v[k] * hat[n * depth + k];
      return sum;
    });
    const mean = differences.reduce((a, b) => a + b) / count;
    const variance = differences.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
    assert.ok(Math.abs(shift[0] - mean) < 1e-5);
    assert.ok(Math.abs(spread[0] - variance) < 1e-5, `${spread[0]} ${variance}`);
  });
}

/** Columns of which one element at a time is not at its mean: uncorrelated but for the means. */
function single(count: number, depth: number, scale: number): Float32Array {
  return Float32Array.from({ length: count * depth }, (_, i) => {
    const [n, k] = [Math.floor(i / depth), i % depth];
    return n % depth === k ? (Math.floor(n / depth) % 2 ? 1 : -1) * scale : 0;
  });
}

function layer(round: Rounding) {
  const [depth, channels] = [20, 8];
  const moments = [1, 2].map((seed) => {
    const sums = new MomentSums({ blocks: 1, depth, positions: 1 }, true);
    const x = columns(500, depth, seed);
    sums.add(x, x.map((value) => Math.round(value * 20) / 20 * 0.97));
    return sums.finish();
  });
  return recoverLayer({
    rows: Float64Array.from(noise(depth * channels, 3)),
    bias: Float64Array.from(noise(channels, 4)),
    ...{ depth, axis: 0, fit: moments[0], held: moments[1], round, correctBias: true },
    grid: { kind: "uniform", low: -8, high: 7, group: 0 },
    ...{ floors: new Float64Array(channels), powersOfTwo: false },
    ...{ lambda: 0, prices: null, shares: null },
  });
}

Deno.test("auto takes what errs least on held-out columns, and each method beats the nearest", () => {
  const { tried, method, error } = layer("auto");
  assert.equal(error, Math.min(...Object.values(tried)));
  assert.equal(tried[method], error);
  for (const round of ["gptq", "cd", "adaround"] as const) {
    assert.ok(layer(round).error < 0.8 * layer("nearest").error);
  }
  assert.ok(error <= layer("gptq").error);
  assert.ok(tried["nearest"] < tried["nearest, bias as it was"]);
});

Deno.test("the same layer is rounded the same way twice", () => {
  assert.deepEqual(layer("auto"), layer("auto"));
});
