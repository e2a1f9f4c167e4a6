/**
 * Conv2D and FullyConnected that leave out blocks of weights that are zeros, where that is faster
 * (runtime/kernels/assembly/convolution_sparse.ts).
 * @module
 */
import { type Preparation, type Step, writeArguments } from "../step.ts";
import {
  DenseConv2D,
  DenseFullyConnected,
  denseKernel,
  geometryOf,
  rowsGeometry,
  windowOf,
} from "./convolution.ts";
import {
  bandsOf,
  type Geometry,
  hasNoBorder,
  lendWeights,
  packWeights,
  writeBias,
  writeBlock,
  writeMultipliers,
} from "./convolution_block.ts";

/** Outputs and inputs of a block, pixels of a tile, and bytes of an entry of the list. */
const [OUTPUTS, INPUTS, PIXELS, ENTRY] = [4, 2, 8, 20];

/**
 * Share of blocks that are not zeros up to which the list beats each kernel by a tenth (measured on
 * 1×1 and 3×3 layers of 24 to 960 channels; Zen 4, Deno 2.9.6). On dot products it is reckoned from
 * how much faster these were than the others on ResNet-8 and DS-CNN.
 */
const FASTER_UP_TO: Partial<Record<string, number>> = {
  ...{ conv2d_int8: 0.85, conv2d_int8_7bit: 0.6, conv2d_int8_4bit: 0.55, winograd_int8: 0.5 },
  conv2d_int8_dot: 0.25,
};

/** Conv2D. */
export const Conv2D: Step = (preparation) =>
  blockProduct(preparation, geometryOf(preparation)) ?? DenseConv2D(preparation);

/** FullyConnected. */
export const FullyConnected: Step = (preparation) =>
  blockProduct(preparation, rowsGeometry(preparation)) ?? DenseFullyConnected(preparation);

/** Lays a layer out as a list of blocks; null where the dense kernel is faster. */
function blockProduct(preparation: Preparation, g: Geometry): (() => void) | null {
  const { inputs: [x], allocate, kernel, memory, threads, spread } = preparation;
  if (x.dtype !== "int8" || g.groups > 1) return null;
  const copies = !hasNoBorder(g);
  const { offsets, products } = windowOf(g, copies);
  const { outputs, kernelH, kernelW } = g;
  const runs = offsets.length;
  const pairs = runs * Math.ceil(products / INPUTS);
  const groups = Math.ceil(outputs / OUTPUTS);
  const block = writeArguments(preparation, [0, 0, 0, outputs, 0, runs, products], []);
  const weights = lendWeights(preparation);
  new Int32Array(memory(), block, 1)[0] = weights;
  const left = kernel("count_blocks")(block) as number;
  const dense = denseKernel(preparation, g);
  // Both compute whole tiles; the dense ones have 4 pixels, of dot products 5.
  const tiles = (pixels: number) => pixels * Math.ceil(g.outH * g.outW / pixels);
  const densePixels = dense === "conv2d_int8_dot" ? 5 : 4;
  const share = left * tiles(PIXELS) / (pairs * groups * tiles(densePixels));
  if (share > 1 || share > FASTER_UP_TO[dense]!) return null;
  const to = allocate(4 * groups + ENTRY * (left + 1));
  const bias = writeBias(preparation, outputs);
  packWeights(preparation, "pack_blocks", {
    ...{ to, bias, outputs, perGroup: outputs, runs, products, bytes: 0, size: 1 },
    ...{ kernelH, kernelW },
  });
  const parts = {
    ...{ weights: to, bias, multiplier: writeMultipliers(preparation, outputs) },
    ...{ size: 1 as const, copies, sums: false, ownBytes: products },
    segments: { offsets, bytes: products },
    // Results, and columns: 8 pixels of two int16 a pair, and what is written too far.
    work: 128 + 32 * (pairs + INPUTS * 2),
  };
  const bands = bandsOf(g, threads).map((band) => writeBlock(preparation, band, parts));
  return spread("conv2d_sparse_int8", bands);
}
