/**
 * SparseGPT layer after layer: each is pruned for the inputs that the pruned layers before it give.
 * @module
 */
import {
  mergeMoments,
  outputError,
  refit,
  rowsOf,
  sparseGpt,
  weightsOf,
  withRows,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import type { PruningPlan } from "../recipe/mod.ts";
import { spreadOver } from "./affordable_samples.ts";
import { NodeRunner } from "./node_runner.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { LayerObserver, STATISTICS_SAMPLES } from "./statistics.ts";

/**
 * Prunes again what was pruned for the inputs of the dense model. With x̂ the inputs behind pruned
 * layers, W is first what gives the dense outputs most nearly (refit.ts with all columns,
 * W·C·H⁻¹), and of that as many weights go as before (sparsegpt.ts with H = Cov(x̂)). A layer keeps
 * what it had where that errs less on held-out samples.
 * @param pruned of the same nodes as `dense`.
 * @param plans of the layers, by node name; those pruned otherwise stay as they are.
 */
export async function pruneInOrder(
  dense: CoreGraph,
  pruned: CoreGraph,
  plans: ReadonlyMap<string, PruningPlan>,
  samples: Samples,
  seed: number,
): Promise<CoreGraph> {
  const layers = dense.nodes.filter((node) =>
    plans.get(node.name)?.score === "sparsegpt" && node.op !== "DepthwiseConv2D" &&
    weightsOf(dense, node)
  );
  if (!layers.length) return pruned;
  const { dataset, indices: all } = calibrationOf(samples);
  const indices = spreadOver(all, STATISTICS_SAMPLES);
  const inputs = await Promise.all(indices.map((index) => dataset.inputs(index)));
  const graph = { ...pruned };
  const runners = { dense: new NodeRunner(dense, inputs), pruned: new NodeRunner(graph, inputs) };
  for (const node of layers) {
    await runners.dense.runUpTo(node.name);
    await runners.pruned.runUpTo(node.name);
    const observer = new LayerObserver(dense, node, indices.length, seed, true);
    const [x] = node.inputs;
    for (const i of indices.keys()) {
      const values = runners.pruned.values(x, i);
      const given = runners.dense.values(x, i) as Float32Array;
      observer.add(i, given, { values, quantization: null });
    }
    const again = pruneAgain(dense, graph, node, plans.get(node.name)!, observer.finish());
    if (again) Object.assign(graph, withRows(graph, node, again));
  }
  return graph;
}

/** A layer's new rows; null where the old ones err less, or where there are no full matrices. */
function pruneAgain(
  dense: CoreGraph,
  pruned: CoreGraph,
  node: CoreNode,
  plan: PruningPlan,
  { fit, held }: ReturnType<LayerObserver["finish"]>,
): ReturnType<typeof rowsOf> | null {
  if (fit.diagonal) return null;
  const rows = rowsOf(dense, node);
  const old = rowsOf(pruned, pruned.nodes.find(({ name }) => name === node.name)!);
  const zeros = old.weights.reduce((count, w) => count + Number(w === 0), 0);
  const share = zeros / old.weights.length;
  const made = (moments: typeof fit) => {
    const stays = new Array<boolean>(moments.blocks * moments.depth).fill(true);
    return sparseGpt(refit(rows, moments, stays), moments, { ...plan, share });
  };
  const [before, after] = [old, made(fit)].map((one) => outputError(rows, one, held)!);
  return after < before ? made(mergeMoments(fit, held)) : null;
}
