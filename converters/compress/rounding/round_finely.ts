/**
 * Rounds one layer whose steps are fine, by some of its input columns.
 * @module
 */
import { addProducts, transposedProduct } from "../../numeric/mod.ts";
import { evenGrid, uniformLevels } from "../grids/mod.ts";
import type { ColumnPairs } from "../statistics/mod.ts";
import type { StorableSteps } from "../storable_steps.ts";
import { type ColumnMeans, meansOf, outputsOf, outputsOn, varianceOf } from "./column_outputs.ts";
import { Gptq } from "./gptq.ts";
import type { Linear } from "./output_error.ts";
import { dampingOf } from "./problem.ts";
import type { RecoveredLayer } from "./recover_layer.ts";
import { rowGrids } from "./row_grid.ts";

/** A float layer, its weights rounded one by one, and what comes in. */
export interface FineLayer extends Linear {
  depth: number;
  /** Integers [channels, depth] and steps, which stay. */
  plain: StorableSteps & { integers: Int8Array };
  /** Largest integer. */
  limit: number;
  fit: ColumnPairs;
  held: ColumnPairs;
  /** Whether the bias may change. */
  correctBias: boolean;
}

/** What weights aim at: themselves, or the float model's outputs. */
type Aim = "weights" | "outputs";

const ATTEMPTS: Record<string, Aim | null> = {
  plain: null,
  gptq: "weights",
  "gptq to float outputs": "outputs",
};

/** Products that one way to round a layer may take; where it would take more, weights stay plain. */
const PRODUCTS = 2e9;

/**
 * Rounds by GPTQ (gptq.ts) on the steps that clip nothing, with which 8 bits err least: towards W, and
 * towards W* (problem.ts), which makes up for errors before the layer. As in `recoverLayer`, each is
 * fitted to `fit` and judged on `held`, plain rounding among them; but weights are not fitted again to
 * both, and moments of some columns do: errors on other samples stayed the same with a fourth of the
 * columns that few bits are given.
 * @returns `error` and `tried` are mean squared errors of the outputs on `held`, summed over the channels,
 *   as shares of the float outputs' variances.
 */
export function roundFinely(layer: FineLayer): RecoveredLayer {
  const { depth, rows, bias, plain, fit, held, correctBias } = layer;
  const affordable = depth ** 3 / 3 + 3 * rows.length * depth <= PRODUCTS * fit.blocks;
  const means = { fit: meansOf(fit), held: meansOf(held) };
  const found = affordable ? integersOf(layer, means.fit) : null;
  const tried: Record<string, number> = {};
  const wanted = outputsOn(held, held.original, rows);
  const variance = varianceOf(wanted, bias.length);
  let best = { method: "", integers: plain.integers, corrects: false };
  for (const [name, aim] of Object.entries(ATTEMPTS)) {
    const integers = aim ? found?.(aim) : plain.integers;
    if (!integers) continue;
    const values = realRows(layer, integers);
    const shift = shiftOf(layer, means.fit, values);
    const got = outputsOn(held, held.compressed, values);
    for (const corrects of correctBias ? [true, false] : [false]) {
      const method = corrects || !correctBias ? name : `${name}, bias as it was`;
      let error = 0;
      for (let i = 0; i < got.length; i++) {
        error += (wanted[i] - got[i] - (corrects ? shift[i % bias.length] : 0)) ** 2;
      }
      tried[method] = error / held.count / variance;
      if (!best.method || tried[method] < tried[best.method]) best = { method, integers, corrects };
    }
  }
  const values = realRows(layer, best.integers);
  const [a, b] = [means.fit, means.held].map((seen) => shiftOf(layer, seen, values));
  const share = fit.count / (fit.count + held.count);
  return {
    ...plain,
    integers: best.integers,
    bias: best.corrects ? bias.map((value, o) => value + share * a[o] + (1 - share) * b[o]) : bias,
    method: best.method,
    error: tried[best.method],
    tried,
  };
}

/** Integers of the layer by what they aim at; null where a block's H cannot be factored. */
function integersOf(layer: FineLayer, means: ColumnMeans): (aim: Aim) => Int8Array | null {
  const { rows, depth, plain: { steps }, limit, fit: { blocks } } = layer;
  const grids = rowGrids(evenGrid(steps, depth, uniformLevels(-limit, limit)), rows);
  const perBlock = steps.length / blocks;
  const problems = Array.from({ length: blocks }, (_, block) => problemOf(layer, means, block));
  return (aim) => {
    const integers = new Int8Array(rows.length);
    for (const [block, problem] of problems.entries()) {
      if (!problem) return null;
      const { gptq, weights, toOutputs } = problem;
      const target = aim === "weights" ? weights : gptq.solve(toOutputs);
      const own = grids.slice(block * perBlock, (block + 1) * perBlock);
      integers.set(gptq.round(target, own).integers, block * perBlock * depth);
    }
    return integers;
  };
}

/** H + λI of a block, factored, its rows W, and W(C + λI), all by deviations from the means. */
function problemOf(
  { fit, rows, correctBias }: FineLayer,
  means: ColumnMeans,
  block: number,
): { gptq: Gptq; weights: Float64Array; toOutputs: Float64Array } | null {
  const { blocks, depth, count } = fit;
  const size = rows.length / blocks;
  const weights = rows.subarray(block * size, (block + 1) * size);
  const centred = (which: "original" | "compressed") => {
    const values = fit[which].slice(block * count * depth, (block + 1) * count * depth);
    const mean = means[which].subarray(block * depth, (block + 1) * depth);
    for (let i = 0; correctBias && i < values.length;) {
      for (let k = 0; k < depth; k++) values[i++] -= mean[k];
    }
    return values;
  };
  const hat = centred("compressed");
  const gram = new Float64Array(depth * depth);
  addProducts(hat, hat, depth, gram);
  let trace = 0;
  for (let i = 0; i < gram.length; i++) gram[i] /= count;
  for (let i = 0; i < depth; i++) trace += gram[i * depth + i];
  const lambda = dampingOf(fit) * trace / depth || 1;
  for (let i = 0; i < depth; i++) gram[i * depth + i] += lambda;
  const gptq = Gptq.of(gram, depth);
  if (!gptq) return null;
  const cross = new Float32Array(weights.length);
  transposedProduct(outputsOf(centred("original"), weights, depth), hat, count, cross);
  const toOutputs = weights.map((value, i) => cross[i] / count + lambda * value);
  return { gptq, weights, toOutputs };
}

/** E[w·x] − E[ŵ·x̂] of every channel. */
function shiftOf(
  { rows, depth, bias, fit: { blocks } }: FineLayer,
  { original, compressed }: ColumnMeans,
  values: Float64Array,
): Float64Array {
  return bias.map((_, o) => {
    const from = Math.floor(o * blocks / bias.length) * depth;
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      sum += rows[o * depth + k] * original[from + k] -
        values[o * depth + k] * compressed[from + k];
    }
    return sum;
  });
}

/** Real values of integers. */
function realRows({ depth, plain: { steps } }: FineLayer, integers: Int8Array): Float64Array {
  const values = new Float64Array(integers.length);
  for (let i = 0; i < values.length; i++) values[i] = integers[i] * steps[Math.floor(i / depth)];
  return values;
}
