/**
 * Weights that become zeros. They stay zeros: every quantized grid has an exact zero, and rounding
 * leaves zeros alone.
 * @module
 */
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import type { PruningPlan } from "../../recipe/mod.ts";
import type { Moments } from "../statistics/mod.ts";
import { weightsOf } from "../weighted.ts";
import type { Norm } from "./channel_importance.ts";
import { rowsOf, withRows } from "./layer_rows.ts";
import type { Rows } from "./refit.ts";
import { sparseGpt } from "./sparsegpt.ts";
import {
  ascending,
  lampScores,
  magnitudeScores,
  normalizedScores,
  wandaScores,
} from "./weight_scores.ts";
import { blockUnits, patternMask, type Units } from "./weight_units.ts";

/** How weights are pruned. */
export interface PruneWeightsOptions {
  /** What is done to each layer, by node name; others stay as they are. */
  plans: ReadonlyMap<string, PruningPlan>;
  /** Whether shares hold for every layer, or for all together by normalised scores or by LAMP. */
  scope: "layer" | "global" | "lamp";
  norm: Norm;
  /** Moments of the layers' input columns, by node name, where a score needs them. */
  moments: ReadonlyMap<string, Moments>;
}

/** Share of each layer that stays, however little it scores beside others. */
const FLOOR = 0.1;

/** One layer while it is pruned. */
interface Layer {
  node: CoreNode;
  plan: PruningPlan;
  rows: Rows;
  depth: number;
  moments: Moments | undefined;
}

/**
 * Makes weights of convolutions and fully connected layers zero. Depthwise filters stay: they are
 * few, and each matters. Where the mean input is known, biases take up what is lost on average.
 * @returns the graph, and what was done, by node name.
 */
export function pruneWeights(
  graph: CoreGraph,
  options: PruneWeightsOptions,
): { graph: CoreGraph; reasons: Map<string, string> } {
  const layers = graph.nodes.flatMap((node): Layer[] => {
    const plan = options.plans.get(node.name);
    const weights = plan && weightsOf(graph, node);
    if (!weights || node.op === "DepthwiseConv2D") return [];
    const moments = options.moments.get(node.name);
    return [{ node, plan, rows: rowsOf(graph, node), depth: weights.depth, moments }];
  });
  const pruned = new Map<Layer, Rows>();
  for (const [layer, goes] of masks(layers, options)) {
    const { rows, moments, plan } = layer;
    if (plan.score === "sparsegpt" && moments && !moments.diagonal) {
      // It chooses for itself which weights go; how many is what was chosen here.
      const share = goes.reduce((count, gone) => count + Number(gone), 0) / goes.length;
      pruned.set(layer, sparseGpt(rows, moments, { ...plan, share }));
    } else pruned.set(layer, masked(layer, goes));
  }
  const reasons = new Map<string, string>();
  let done = graph;
  for (const layer of layers) {
    const rows = pruned.get(layer)!;
    done = withRows(done, layer.node, rows);
    const zeros = rows.weights.reduce((count, w) => count + Number(w === 0), 0);
    const share = Math.round(100 * zeros / rows.weights.length);
    reasons.set(layer.node.name, `${share}% of the weights are pruned (${layer.plan.score})`);
  }
  return { graph: done, reasons };
}

/** Which weights of each layer go. */
function masks(
  layers: readonly Layer[],
  { scope, norm }: PruneWeightsOptions,
): Map<Layer, boolean[]> {
  const result = new Map<Layer, boolean[]>();
  const ranked = new Map<Layer, Units>();
  for (const layer of layers) {
    const { plan, depth } = layer;
    const scores = scoresOf(layer);
    if (plan.pattern) result.set(layer, patternMask(scores, depth, plan.pattern));
    else ranked.set(layer, blockUnits(scores, depth, plan.block, norm));
  }
  const goes = scope === "layer" ? layerChoice(ranked) : globalChoice(ranked, scope);
  for (const [layer, units] of goes) {
    result.set(layer, Array.from(ranked.get(layer)!.of, (unit) => units.has(unit)));
  }
  return result;
}

function scoresOf({ rows: { weights }, plan, moments }: Layer): Float64Array {
  return plan.score === "magnitude" || !moments
    ? magnitudeScores(weights)
    : wandaScores(weights, moments);
}

/** Of every layer its share; by Wanda's rule of every output, where single weights go. */
function layerChoice(ranked: ReadonlyMap<Layer, Units>): Map<Layer, Set<number>> {
  return new Map([...ranked].map(([layer, { scores }]) => {
    const { plan: { score, share, block }, depth } = layer;
    const perRow = score !== "magnitude" && block.outputs * block.inputs === 1;
    const width = perRow ? depth : scores.length;
    const goes = new Set<number>();
    for (let first = 0; first < scores.length; first += width) {
      const order = ascending(scores.slice(first, first + width));
      for (const unit of order.subarray(0, Math.round(share * width))) goes.add(first + unit);
    }
    return [layer, goes];
  }));
}

/** Of all layers together their shares, of each at most what leaves its floor. */
function globalChoice(
  ranked: ReadonlyMap<Layer, Units>,
  scope: "global" | "lamp",
): Map<Layer, Set<number>> {
  const compared = scope === "lamp" ? lampScores : normalizedScores;
  let units = 0;
  let wanted = 0;
  const layers = [...ranked].map(([layer, { scores, of }]) => {
    const first = units;
    units += scores.length;
    wanted += layer.plan.share * of.length;
    const most = Math.floor(scores.length * (1 - FLOOR));
    const size = of.length / scores.length;
    return { layer, scores: compared(scores), first, most, size, goes: new Set<number>() };
  });
  const all = new Float64Array(units);
  for (const { scores, first } of layers) all.set(scores, first);
  const layerOf = new Uint32Array(units);
  layers.forEach(({ first }, i) => layerOf.fill(i, first));
  for (const unit of ascending(all)) {
    const { goes, most, size, first } = layers[layerOf[unit]];
    if (wanted < size / 2) break;
    if (goes.size === most) continue;
    goes.add(unit - first);
    wanted -= size;
  }
  return new Map(layers.map(({ layer, goes }) => [layer, goes]));
}

/** A layer without some weights; its bias takes up their mean share where that is known. */
function masked({ rows, depth, moments }: Layer, goes: readonly boolean[]): Rows {
  const weights = rows.weights.map((w, i) => goes[i] ? 0 : w);
  if (!moments) return { weights, bias: rows.bias };
  const perBlock = rows.bias.length / moments.blocks;
  const bias = rows.bias.slice();
  rows.weights.forEach((w, i) => {
    if (!goes[i]) return;
    const o = Math.floor(i / depth);
    bias[o] += w * moments.mean[Math.floor(o / perBlock) * depth + i % depth];
  });
  return { weights, bias };
}
