/**
 * Conv2D and FullyConnected on WASM: one matrix product over windows that are read in place.
 * @module
 */
import type { ModelOperator } from "../../format/model.ts";
import { type Preparation, type Step, writeArguments } from "../step.ts";
import {
  bandsOf,
  type Geometry,
  hasNoBorder,
  lendWeights,
  packWeights,
  paddedSize,
  writeBias,
  writeBlock,
  writeMultipliers,
} from "./convolution_block.ts";
import { FLOAT32_TILES, gainsByTiles, INT8_TILES, prepareTiles, type TilesOf } from "./winograd.ts";

/** Conv2D with every weight. */
export const DenseConv2D: Step = (preparation) => conv2d(preparation, kindOf, tilesOf);

/** Conv2D where no kernel for 4 or 7 bits, and none of relaxed SIMD for float32, is shipped. */
export const PlainConv2D: Step = (preparation) => conv2d(preparation, plainKind, plainTiles);

function conv2d(preparation: Preparation, kind: KindOf, tilesOf: TilesOf): () => void {
  const geometry = geometryOf(preparation);
  const tiles = tilesOf(preparation);
  return tiles && gainsByTiles(tiles, geometry)
    ? prepareTiles(preparation, geometry, tiles)
    : matrixProduct(preparation, geometry, kind);
}

const plainTiles: TilesOf = ({ output, dot }) =>
  output.dtype === "int8" && dot === null ? INT8_TILES : null;

/** Sums of floats are the reference's without relaxed SIMD; tiles have others. */
const tilesOf: TilesOf = (preparation) => {
  const { inputs: [x], relaxed } = preparation;
  return x.dtype === "float32" && relaxed ? FLOAT32_TILES : plainTiles(preparation);
};

/** Sizes of a Conv2D. */
export function geometryOf({ operator, inputs: [x, w], output }: Preparation): Geometry {
  const { params } = operator;
  const [batch, height, width, channels] = x.shape;
  const [outputs, kernelH, kernelW] = w.shape;
  const [, outH, outW] = output.shape;
  const sizes = { batch, height, width, channels, outH, outW, outputs, kernelH, kernelW };
  return { ...sizes, ...params as ModelOperator<"Conv2D">["params"] };
}

/** FullyConnected with every weight. */
export const DenseFullyConnected: Step = (preparation) => fullyConnected(preparation, kindOf);

/** FullyConnected where no kernel for 4 or 7 bits is shipped. */
export const PlainFullyConnected: Step = (preparation) => fullyConnected(preparation, plainKind);

function fullyConnected(preparation: Preparation, kind: KindOf): () => void {
  return matrixProduct(preparation, rowsGeometry(preparation), kind);
}

/** Sizes of a FullyConnected: a 1×1 convolution over rows. */
export function rowsGeometry(
  { inputs: [x, { shape: [outputs, channels] }] }: Preparation,
): Geometry {
  const rows = x.size / channels;
  return {
    ...{ batch: 1, height: rows, width: 1, channels, outH: rows, outW: 1, outputs },
    ...{ kernelH: 1, kernelW: 1, strideH: 1, strideW: 1, padTop: 0, padLeft: 0 },
    ...{ dilationH: 1, dilationW: 1, groups: 1 },
  };
}

/** A kernel, the bytes of a value in its picture, and what it wants added to weights or pixels. */
interface Kind {
  name:
    | "conv2d_int8_dot"
    | "conv2d_int8_4bit"
    | "conv2d_int8_7bit"
    | "conv2d_int8"
    | "conv2d_float32";
  size: 1 | 2 | 4;
  toWeights?: number;
  toPixels?: number;
}

const FOUR_BIT: Kind = { name: "conv2d_int8_4bit", size: 1, toWeights: 8 };
const SEVEN_BIT: Kind = { name: "conv2d_int8_7bit", size: 1, toWeights: 64 };
const INT8: Kind = { name: "conv2d_int8", size: 2 };
const FLOAT32: Kind = { name: "conv2d_float32", size: 4 };

/** Which kernel computes a product. */
type KindOf = (preparation: Preparation) => Kind;

const plainKind: KindOf = ({ inputs: [x], dot }) => {
  if (x.dtype !== "int8") return FLOAT32;
  return dot === null ? INT8 : { name: "conv2d_int8_dot", size: 1, toPixels: dot };
};

/** Kernels for weights of few bits want relaxed SIMD. */
const kindOf: KindOf = (preparation) => {
  const { inputs: [x], relaxed, dot } = preparation;
  if (x.dtype !== "int8" || !relaxed || dot !== null) return plainKind(preparation);
  const needed = weightBits(preparation);
  return needed <= 4 ? FOUR_BIT : needed <= 7 ? SEVEN_BIT : INT8;
};

/** Bits that hold all weights: a kernel looks, as JavaScript is slow while it is cold. */
function weightBits(preparation: Preparation): number {
  const { inputs: [, w], kernel, memory } = preparation;
  const block = writeArguments(preparation, [0, 0, 0, w.size], []);
  const weights = lendWeights(preparation);
  new Int32Array(memory(), block, 1)[0] = weights;
  return kernel("weight_bits")(block) as number;
}

/** Name of the kernel that computes an operator with every weight. */
export function denseKernel(preparation: Preparation, g: Geometry): string {
  const tiles = tilesOf(preparation);
  return tiles && gainsByTiles(tiles, g) ? tiles.kernels[0] : kindOf(preparation).name;
}

/**
 * The runs of bytes that a window is: where each begins, in pixels, and products of each.
 */
export function windowOf(
  g: Geometry,
  copies: boolean,
): { offsets: number[]; products: number } {
  const depth = g.channels / g.groups;
  const lineWidth = copies ? paddedSize(g)[1] : g.width;
  // A row of the kernel is one run of bytes where its columns are neighbours in memory.
  const wide = g.dilationW === 1 && g.groups === 1;
  const products = wide ? g.kernelW * depth : depth;
  const offsets: number[] = [];
  for (let ky = 0; ky < g.kernelH; ky++) {
    for (let kx = 0; kx < (wide ? 1 : g.kernelW); kx++) {
      offsets.push(ky * g.dilationH * lineWidth + kx * g.dilationW);
    }
  }
  return { offsets, products };
}

function matrixProduct(preparation: Preparation, g: Geometry, kind: KindOf): () => void {
  const { allocate, threads, spread } = preparation;
  const { name, size, toWeights = 0, toPixels = 0 } = kind(preparation);
  // What widens pixels, or adds to them, copies them on the way.
  const copies = !hasNoBorder(g) || size === 2 || toPixels > 0;
  const { offsets, products } = windowOf(g, copies);
  // Whole vectors are what these kernels take; shorter runs are copied together, where that is not
  // more work than dot products of what fills them up.
  const whole = size < 4 && !toWeights;
  const gathers = whole && offsets.length > 1 && products * size < 16 &&
    (size > 1 || g.outputs > 16 * g.groups);
  const [runs, length] = gathers ? [1, offsets.length * products] : [offsets.length, products];
  const step = whole ? 16 : 4;
  const bytes = Math.ceil(length * size / step) * step;
  const perGroup = g.outputs / g.groups;
  const to = allocate(g.groups * Math.ceil(perGroup / 8) * runs * bytes * 8);
  const bias = writeBias(preparation, g.outputs);
  const { outputs, kernelH, kernelW } = g;
  const sizes = { outputs, perGroup, runs, products: length, bytes, size, kernelH, kernelW };
  // Weights of few bits become whole numbers from 0 on: Σ a·w = Σ a·(w + offset) − offset·Σ a.
  packWeights(preparation, "pack_panels", { to, bias, ...sizes, toWeights, toPixels });
  const parts = {
    ...{ weights: to, bias, multiplier: writeMultipliers(preparation, outputs), size, copies },
    ...{ segments: { offsets, bytes }, sums: toWeights > 0, ownBytes: products * size },
    ...{ added: toWeights || toPixels, gathers, work: gathers ? 5 * (bytes + 16) : 0 },
  };
  const bands = bandsOf(g, threads);
  return spread(name, bands.map((band) => writeBlock(preparation, band, parts)));
}
