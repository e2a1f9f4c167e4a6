/**
 * The input columns of an operator with weights: what one output position multiplies its weights
 * with (im2col). Operators whose channels see different inputs have several blocks.
 * @module
 */
import { type CoreGraph, type CoreNode, type Quantization, sizeOf } from "../../graph/graph.ts";
import { type Weights, weightsOf } from "../weighted.ts";

/** How the columns of a node lie. */
export interface ColumnLayout {
  /** Groups of a Conv2D, channels of a DepthwiseConv2D, else 1. */
  blocks: number;
  /** Elements of a column, in the order of the weights: kernel row, kernel column, channel. */
  depth: number;
  /** Output positions of one sample, all batches. */
  positions: number;
}

/** The layout of a node's columns, or null where it has no constant weights. */
export function columnLayout(graph: CoreGraph, node: CoreNode): ColumnLayout | null {
  const weights = weightsOf(graph, node);
  if (!weights) return null;
  const channels = weights.shape[weights.axis];
  const blocks = node.op === "DepthwiseConv2D" ? channels : node.params.groups ?? 1;
  const positions = sizeOf(graph.tensors.get(node.output)!.shape!) / channels;
  return { blocks, depth: weights.depth, positions };
}

/**
 * Columns at some output positions; padding is 0.
 * @param x the node's input, row-major.
 * @param positions indices into [N, OH, OW], or rows of a FullyConnected node.
 * @param quantization of x where it is integers.
 * @returns [blocks, positions, depth].
 */
export function columnsOf(
  graph: CoreGraph,
  node: CoreNode,
  x: Float32Array | Int8Array,
  positions: ArrayLike<number>,
  quantization: Quantization | null = null,
): Float32Array {
  const { blocks, depth } = columnLayout(graph, node)!;
  const count = positions.length;
  const columns = new Float32Array(blocks * count * depth);
  const { scale, zeroPoint } = quantization ?? { scale: 1, zeroPoint: 0 };
  if (node.op === "FullyConnected") {
    for (let n = 0; n < count; n++) {
      const from = positions[n] * depth;
      for (let k = 0; k < depth; k++) columns[n * depth + k] = (x[from + k] - zeroPoint) * scale;
    }
    return columns;
  }
  const { shape } = weightsOf(graph, node)!;
  const [kernelH, kernelW] = node.op === "Conv2D" ? [shape[1], shape[2]] : shape;
  const [, height, width, channels] = graph.tensors.get(node.inputs[0])!.shape!;
  const [, outH, outW] = graph.tensors.get(node.output)!.shape!;
  const { strideH, strideW, padTop, padLeft, dilationH, dilationW } = node.params;
  const wide = channels / blocks;
  for (let n = 0; n < count; n++) {
    const picture = Math.floor(positions[n] / (outH * outW)) * height;
    const top = Math.floor(positions[n] / outW) % outH * strideH - padTop;
    const left = positions[n] % outW * strideW - padLeft;
    for (let ky = 0; ky < kernelH; ky++) {
      const y = top + ky * dilationH;
      if (y < 0 || y >= height) continue;
      for (let kx = 0; kx < kernelW; kx++) {
        const xx = left + kx * dilationW;
        if (xx < 0 || xx >= width) continue;
        const from = ((picture + y) * width + xx) * channels;
        const to = n * depth + (ky * kernelW + kx) * wide;
        for (let block = 0; block < blocks; block++) {
          const at = block * count * depth + to;
          const own = from + block * wide;
          for (let c = 0; c < wide; c++) columns[at + c] = (x[own + c] - zeroPoint) * scale;
        }
      }
    }
  }
  return columns;
}

/** Weights as rows [channels, depth]: row o times a column of block `blockOf(o)` is an output. */
export function weightRows({ data, shape, axis, depth }: Weights): Float64Array {
  if (axis === 0) return Float64Array.from(data);
  const channels = shape[axis];
  return Float64Array.from(data, (_, i) => data[(i % depth) * channels + Math.floor(i / depth)]);
}

/** The inverse of `weightRows`: rows of integers in the order of the tensor. */
export function fromRows(rows: ArrayLike<number>, { shape, axis, depth }: Weights): Int8Array {
  if (axis === 0) return Int8Array.from(rows);
  const channels = shape[axis];
  return Int8Array.from(rows, (_, i) => rows[(i % channels) * depth + Math.floor(i / channels)]);
}
