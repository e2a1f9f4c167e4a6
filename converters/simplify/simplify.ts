/**
 * Runs all lossless rewrites until none changes anything.
 * @module
 */
import { eliminateChannels } from "../channels/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { averageAsPool } from "./average_as_pool.ts";
import { collapseLinear } from "./collapse_linear.ts";
import { collapseSum } from "./collapse_sum.ts";
import { foldAffine } from "./fold_affine.ts";
import { foldPad } from "./fold_pad.ts";
import { fuseActivation } from "./fuse_activation.ts";
import { mergeEqual } from "./merge_equal.ts";
import { cancelTransposes } from "./cancel_transposes.ts";
import { flattenWeights } from "./flatten_weights.ts";
import { pushReshapes } from "./push_reshapes.ts";
import { pushTransposes } from "./push_transposes.ts";
import { removeDead } from "./remove_dead.ts";
import { removeNoOps } from "./remove_no_ops.ts";
import { type Pass, Rewriter } from "./rewriter.ts";

const PASSES: readonly Pass[] = [
  removeDead,
  removeNoOps,
  cancelTransposes,
  pushTransposes,
  pushReshapes,
  flattenWeights,
  averageAsPool,
  foldPad,
  foldAffine,
  fuseActivation,
  collapseSum,
  collapseLinear,
  mergeEqual,
];

/** Most rounds over all passes, for each node; every pass makes one change a round. */
const MOST_ROUNDS = 20;

/**
 * The same function in fewer operators; results differ only by the rounding of folded constants.
 * Inputs and outputs keep their names, shapes and layout.
 */
export function simplify(graph: CoreGraph): CoreGraph {
  return simplifyNoting(graph).graph;
}

/** The same, and which layers lost channels, by node name. */
export function simplifyNoting(
  graph: CoreGraph,
): { graph: CoreGraph; reasons: Map<string, string> } {
  const { graph: simpler, kept, reasons } = eliminateChannels(runPasses(graph));
  return { graph: kept.size ? runPasses(simpler) : simpler, reasons };
}

function runPasses(graph: CoreGraph): CoreGraph {
  const rewriter = new Rewriter(graph);
  const most = MOST_ROUNDS * (graph.nodes.length + 10);
  for (let round = 0; round < most; round++) {
    const changed = PASSES.map((pass) => {
      rewriter.forget();
      return pass(rewriter);
    });
    if (!changed.includes(true)) break;
  }
  return rewriter.graph;
}
