/**
 * How much every group of channels matters.
 * @module
 */
import { type ChannelGraph, isSum } from "../../channels/mod.ts";
import type { CoreNode } from "../../graph/graph.ts";
import { columnLayout, type Moments, weightRows } from "../statistics/mod.ts";
import { weightsOf } from "../weighted.ts";

/**
 * `weighted`: Σ ‖W:,c‖²·Var(x_c) over all that takes the channel, as a share of the variance of what
 * it gives: how much of its output is lost where only the mean of the channel is kept.
 * `activity`: E[x_c²]. `weights`: ‖W_c,:‖ of all that makes the channel, over the root of its length.
 */
export type Importance = "weighted" | "activity" | "weights";

/** Which norm of weights. */
export type Norm = "l1" | "l2";

/**
 * Importance by group. Each layer's values are divided by their sum, so that layers compare (Fang et
 * al. 2023, arXiv:2301.12900, §3.3; He et al. 2017, arXiv:1707.06168, for what activations say).
 * @param moments of the input columns, by node name; `weights` needs none.
 */
export function channelImportance(
  channels: ChannelGraph,
  importance: Importance,
  norm: Norm,
  moments: ReadonlyMap<string, Moments>,
): Map<number, number> {
  const scores = new Map<number, number>();
  for (const node of channels.graph.nodes) {
    if (!isSum(node) || !weightsOf(channels.graph, node)) continue;
    const [name, values] = importance === "weights"
      ? [node.output, rowNorms(channels, node, norm)]
      : [node.inputs[0], inputShares(channels, node, importance, moments.get(node.name)!)];
    const total = values.reduce((sum, value) => sum + value, 0) || 1;
    channels.groups(name).forEach((group, c) => {
      scores.set(group, (scores.get(group) ?? 0) + values[c] / total);
    });
  }
  return scores;
}

/** ‖W_o‖₁ / K or ‖W_o‖₂ / √K of every output channel. */
function rowNorms({ graph }: ChannelGraph, node: CoreNode, norm: Norm): Float64Array {
  const weights = weightsOf(graph, node)!;
  const { depth } = weights;
  const sums = new Float64Array(weights.shape[0]);
  weightRows(weights).forEach((w, i) => {
    sums[Math.floor(i / depth)] += norm === "l1" ? Math.abs(w) / depth : w * w / depth;
  });
  return norm === "l1" ? sums : sums.map(Math.sqrt);
}

/** What every input channel is or gives. */
function inputShares(
  { graph }: ChannelGraph,
  node: CoreNode,
  importance: Importance,
  { gram, mean, diagonal }: Moments,
): Float64Array {
  const weights = weightsOf(graph, node)!;
  const { blocks, depth } = columnLayout(graph, node)!;
  const inner = weights.shape[weights.shape.length - 1];
  const rows = weightRows(weights);
  const perBlock = rows.length / depth / blocks;
  const shares = new Float64Array(inner * blocks);
  for (let block = 0; block < blocks; block++) {
    for (let k = 0; k < depth; k++) {
      const at = block * depth + k;
      const square = diagonal ? gram[at] : gram[at * depth + k];
      const to = block * inner + k % inner;
      if (importance === "activity") {
        shares[to] += square;
        continue;
      }
      let size = 0;
      for (let o = block * perBlock; o < (block + 1) * perBlock; o++) {
        size += rows[o * depth + k] ** 2;
      }
      shares[to] += size * Math.max(0, square - mean[at] ** 2);
    }
  }
  return shares;
}
