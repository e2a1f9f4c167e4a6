/**
 * Input columns of a layer in the float model and in the compressed one.
 * @module
 */
import type { ColumnLayout } from "./columns.ts";

/** Columns at the same places, each [blocks, count, depth]. */
export interface ColumnPairs {
  blocks: number;
  count: number;
  depth: number;
  /** x, in the float model. */
  original: Float32Array;
  /** x̂, in the compressed one. */
  compressed: Float32Array;
}

/** Columns x and x̂ of one sample, each [blocks, n, depth]. */
export type SampleColumns = readonly [original: Float32Array, compressed: Float32Array];

/** The columns of several samples, one sample's behind the other's in each block. */
export function joinColumns(
  { blocks, depth }: Pick<ColumnLayout, "blocks" | "depth">,
  samples: readonly SampleColumns[],
): ColumnPairs {
  const size = samples.reduce((sum, [{ length }]) => sum + length, 0);
  const [original, compressed] = [0, 1].map((which) => {
    const joined = new Float32Array(size);
    for (let block = 0, at = 0; block < blocks; block++) {
      for (const sample of samples) {
        const own = sample[which].length / blocks;
        joined.set(sample[which].subarray(block * own, (block + 1) * own), at);
        at += own;
      }
    }
    return joined;
  });
  return { blocks, depth, count: size / blocks / depth, original, compressed };
}

/** The columns of both; the same object where both are one. */
export function mergeColumns(a: ColumnPairs, b: ColumnPairs): ColumnPairs {
  if (a === b) return a;
  return joinColumns(a, [a, b].map(({ original, compressed }) => [original, compressed] as const));
}
