/**
 * What comes out of a layer, and what comes in on average, by its input columns.
 * @module
 */
import { product, transposed } from "../../numeric/mod.ts";
import type { ColumnPairs } from "../statistics/mod.ts";

/** E[x] and E[x̂] of all elements, [blocks, depth]. */
export interface ColumnMeans {
  original: Float64Array;
  compressed: Float64Array;
}

/** Means of columns x and x̂. */
export function meansOf({ blocks, count, depth, original, compressed }: ColumnPairs): ColumnMeans {
  const meanOf = (values: Float32Array) => {
    const sums = new Float64Array(blocks * depth);
    for (let column = 0, i = 0; column < blocks * count; column++) {
      const to = Math.floor(column / count) * depth;
      for (let k = 0; k < depth; k++) sums[to + k] += values[i++];
    }
    return sums.map((sum) => sum / count);
  };
  return { original: meanOf(original), compressed: meanOf(compressed) };
}

/**
 * Outputs w·x of all channels on columns, [count, channels], without bias.
 * @param values columns [blocks, count, depth].
 * @param rows [channels, depth], those of a block side by side.
 */
export function outputsOn(
  { blocks, count, depth }: ColumnPairs,
  values: Float32Array,
  rows: Float64Array,
): Float32Array {
  const channels = rows.length / depth;
  const perBlock = channels / blocks;
  if (blocks === 1) return outputsOf(values, rows, depth);
  const outputs = new Float32Array(count * channels);
  for (let block = 0; block < blocks; block++) {
    const own = outputsOf(
      values.subarray(block * count * depth, (block + 1) * count * depth),
      rows.subarray(block * perBlock * depth, (block + 1) * perBlock * depth),
      depth,
    );
    own.forEach((value, i) =>
      outputs[Math.floor(i / perBlock) * channels + block * perBlock + i % perBlock] = value
    );
  }
  return outputs;
}

/** X·Wᵀ [count, rows] of columns X [count, depth] and rows W [rows, depth]. */
export function outputsOf(columns: Float32Array, rows: Float64Array, depth: number): Float32Array {
  const height = rows.length / depth;
  const outputs = new Float32Array(columns.length / depth * height);
  product(columns, transposed(Float32Array.from(rows), height), depth, outputs);
  return outputs;
}

/** Sum of the variances of all channels; 1 where nothing varies. */
export function varianceOf(outputs: Float32Array, channels: number): number {
  const count = outputs.length / channels;
  const [means, squares] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < outputs.length; i++) means[i % channels] += outputs[i] / count;
  for (let i = 0; i < outputs.length; i++) {
    squares[i % channels] += (outputs[i] - means[i % channels]) ** 2 / count;
  }
  return squares.reduce((sum, value) => sum + value, 0) || 1;
}
