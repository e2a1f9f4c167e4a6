/**
 * Which weights of a layer become zeros, as text.
 * @module
 */
import type { Field } from "./field.ts";

/** A pruning text taken apart. */
export interface PruningPlan {
  /** What makes a weight important; `sparsegpt` also fits the others again. */
  score: "magnitude" | "wanda" | "sparsegpt";
  /** Share of the weights, or of the blocks, that becomes zero; 0 where a pattern says. */
  share: number;
  /** Of every `of` weights in a row of inputs, `keep` stay. */
  pattern: { keep: number; of: number } | null;
  /** Outputs × inputs that stand and fall together; 1 × 1 is single weights. */
  block: { outputs: number; inputs: number };
}

const TEXT =
  /^(?:(magnitude|wanda|sparsegpt):)?(block:(?:(\d+)x(\d+):)?)?(?:(0?\.\d+|0)|(\d+):(\d+))$/;

/** Blocks that the runtime leaves out (runtime/kernels/assembly/convolution_sparse.ts). */
const SKIPPED = { outputs: 4, inputs: 2 };

/**
 * Takes a pruning text apart: `[magnitude:|wanda:|sparsegpt:][block:[OxI:]]` and a share, or `N:M`
 * for N of M weights that stay. Blocks without a size are 4 outputs × 2 inputs.
 * @returns null for "none" and for text that is none.
 */
export function readPruning(text: string): PruningPlan | null {
  const [, score = "magnitude", isBlock, outputs, inputs, share, keep, of] = TEXT.exec(text) ?? [];
  const single = { outputs: 1, inputs: 1 };
  const given = { outputs: Number(outputs), inputs: Number(inputs) };
  const plan: PruningPlan = {
    score: score as PruningPlan["score"],
    share: Number(share ?? 0),
    pattern: of === undefined ? null : { keep: Number(keep), of: Number(of) },
    block: !isBlock ? single : outputs === undefined ? SKIPPED : given,
  };
  const { pattern, block } = plan;
  const fits = TEXT.test(text) && block.outputs > 0 && block.inputs > 0 &&
    (!pattern || (pattern.keep > 0 && pattern.keep < pattern.of && !isBlock));
  return fits ? plan : null;
}

/** The field of a recipe. */
export const PRUNING: Field<string> = {
  initial: "none",
  wanted: "none, or [magnitude:|wanda:|sparsegpt:] with SHARE, N:M, block:SHARE or block:OxI:SHARE",
  fits: (value) => typeof value === "string" && (value === "none" || readPruning(value) !== null),
};
