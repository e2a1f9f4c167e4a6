/**
 * What taking out a channel costs when all that follows is fitted again.
 * @module
 */
import { type ChannelGraph, isSum } from "../../channels/mod.ts";
import type { CoreNode } from "../../graph/graph.ts";
import { cholesky, inverse, solveRows } from "../../numeric/mod.ts";
import { columnLayout, type Moments, weightRows } from "../statistics/mod.ts";
import { weightsOf } from "../weighted.ts";
import type { ChannelScorer } from "./choose_channels.ts";

/** Share of the mean variance that is added to all variances. */
const DAMPING = 0.01;

/**
 * Optimal Brain Surgeon for channels (Hassibi and Stork 1992; the block form of Frantar and Alistarh
 * 2022, arXiv:2208.11580, §4, eq. 5, with H = Cov(x) + λI, as biases take up means): taking out the
 * columns B of a layer adds
 *
 *   tr(W_B·([H⁻¹]_BB)⁻¹·W_Bᵀ)
 *
 * to its squared error when the other columns are fitted again, which are then
 * W − W_B·([H⁻¹]_BB)⁻¹·[H⁻¹]_B:, and H⁻¹ loses B likewise. A group costs the sum over all layers
 * that take it, each as a share of the variance of what the layer gives; or, where it is known how
 * much the model's output depends on each channel that a layer gives, the variance that the model's
 * output gets, as a share of its own.
 * @param moments of the layers' input columns; layers without full matrices give the variance that
 *   is lost where nothing else is fitted.
 * @param sensitivity of the model's output by the layer's name: see stages/sensitivity.ts.
 */
export function refitScorer(
  channels: ChannelGraph,
  moments: ReadonlyMap<string, Moments>,
  sensitivity: ReadonlyMap<string, Float64Array> | null = null,
): ChannelScorer {
  const takers = channels.graph.nodes.flatMap((node) => {
    if (!isSum(node) || !weightsOf(channels.graph, node)) return [];
    return takersOf(channels, node, moments.get(node.name)!, sensitivity?.get(node.name));
  });
  const byGroup = new Map<number, Taker[]>();
  for (const taker of takers) {
    for (const group of taker.columns.keys()) {
      const list = byGroup.get(group);
      if (list) list.push(taker);
      else byGroup.set(group, [taker]);
    }
  }
  return {
    score: (group) => (byGroup.get(group) ?? []).reduce((sum, taker) => sum + taker.loss(group), 0),
    remove(group) {
      const touched = new Set<number>();
      for (const taker of byGroup.get(group) ?? []) {
        taker.remove(group);
        for (const other of taker.columns.keys()) touched.add(other);
      }
      return touched;
    },
  };
}

/** One block of a layer: the columns of one group of a convolution. */
class Taker {
  /**
   * @param weights rows [outputs, depth], changed as columns go.
   * @param inverse H⁻¹ [depth, depth], or null where only `variances` are known.
   * @param columns indices of the columns of each group of channels that are there.
   * @param shares what the squared error of each output counts.
   */
  constructor(
    readonly depth: number,
    readonly weights: Float64Array,
    readonly inverse: Float64Array | null,
    readonly variances: Float64Array,
    readonly columns: Map<number, number[]>,
    readonly shares: Float64Array,
  ) {}

  /** What is lost without a group's columns, as a share of the variance. */
  loss(group: number): number {
    const at = this.columns.get(group);
    if (!at) return 0;
    const { depth, weights } = this;
    const lower = this.#lower(at);
    let loss = 0;
    for (let row = 0; row < weights.length; row += depth) {
      const w = Float64Array.from(at, (k) => weights[row + k]);
      const scaled = w.slice();
      if (lower) solveRows(lower, at.length, scaled);
      let lost = 0;
      w.forEach((value, i) => lost += value * (lower ? scaled[i] : value * this.variances[at[i]]));
      loss += lost * this.shares[row / depth];
    }
    return loss;
  }

  /** Takes a group's columns out and fits the others again. */
  remove(group: number): void {
    const at = this.columns.get(group);
    if (!at) return;
    this.columns.delete(group);
    const { depth, weights, inverse } = this;
    const lower = this.#lower(at);
    if (!inverse || !lower) return;
    const across = at.map((k) => inverse.slice(k * depth, (k + 1) * depth));
    const project = (matrix: Float64Array) => {
      for (let row = 0; row < matrix.length; row += depth) {
        const values = Float64Array.from(at, (k) => matrix[row + k]);
        if (values.every((value) => value === 0)) continue;
        solveRows(lower, at.length, values);
        values.forEach((value, i) => {
          for (let j = 0; j < depth; j++) matrix[row + j] -= value * across[i][j];
        });
        for (const k of at) matrix[row + k] = 0;
      }
    };
    project(weights);
    project(inverse);
  }

  /** The triangle of [H⁻¹]_BB. */
  #lower(at: readonly number[]): Float64Array | null {
    const { depth, inverse } = this;
    if (!inverse) return null;
    const block = Float64Array.from(
      { length: at.length ** 2 },
      (_, i) => inverse[at[Math.floor(i / at.length)] * depth + at[i % at.length]],
    );
    return cholesky(block, at.length);
  }
}

/** The blocks of one layer. */
function takersOf(
  channels: ChannelGraph,
  node: CoreNode,
  moments: Moments,
  sensitivity?: Float64Array,
): Taker[] {
  const { graph } = channels;
  const { blocks, depth } = columnLayout(graph, node)!;
  const groups = channels.groups(node.inputs[0]);
  const inner = groups.length / blocks;
  const rows = weightRows(weightsOf(graph, node)!);
  return Array.from({ length: blocks }, (_, block) => {
    const size = rows.length / blocks;
    const weights = rows.slice(block * size, (block + 1) * size);
    const { inverse, variances } = covariance(moments, block);
    const columns = new Map<number, number[]>();
    for (let k = 0; k < depth; k++) {
      const group = groups[block * inner + k % inner];
      columns.set(group, [...columns.get(group) ?? [], k]);
    }
    let variance = 0;
    weights.forEach((w, i) => variance += w * w * variances[i % depth]);
    const outputs = size / depth;
    const shares = sensitivity?.slice(block * outputs, (block + 1) * outputs) ??
      new Float64Array(outputs).fill(1 / (variance || 1));
    return new Taker(depth, weights, inverse, variances, columns, shares);
  });
}

/** (Cov(x) + λI)⁻¹ and the variances. */
function covariance(
  { depth, diagonal, gram, mean }: Moments,
  block: number,
): { inverse: Float64Array | null; variances: Float64Array } {
  const first = block * depth;
  const square = (k: number) => diagonal ? gram[first + k] : gram[(first + k) * depth + k];
  const variances = Float64Array.from(
    { length: depth },
    (_, k) => Math.max(0, square(k) - mean[first + k] ** 2),
  );
  if (diagonal) return { inverse: null, variances };
  const damping = DAMPING * variances.reduce((sum, value) => sum + value, 0) / depth || 1;
  const matrix = Float64Array.from({ length: depth * depth }, (_, i) => {
    const [row, column] = [Math.floor(i / depth), i % depth];
    const moment = gram[first * depth + i] - mean[first + row] * mean[first + column];
    return moment + (row === column ? damping : 0);
  });
  const lower = cholesky(matrix, depth);
  return { inverse: lower && inverse(lower, depth), variances };
}
