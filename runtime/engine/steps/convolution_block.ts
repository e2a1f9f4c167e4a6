/**
 * What the convolution kernels are told: geometry, addresses and the border of the picture.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { ModelOperator } from "../../format/model.ts";
import { THREADS } from "../../format/needs.ts";
import { multipliers } from "../../reference/requantize.ts";
import { type Preparation, writeArguments } from "../step.ts";

/** Sizes of a convolution with everything spelt out. */
export interface Geometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  outH: number;
  outW: number;
  outputs: number;
  kernelH: number;
  kernelW: number;
  strideH: number;
  strideW: number;
  padTop: number;
  padLeft: number;
  dilationH: number;
  dilationW: number;
  groups: number;
}

/** What else a block says. */
export interface BlockParts {
  /** Address of the weights as the kernel wants them. */
  weights: number;
  /** Addresses of bias and multiplier, one value an output channel. */
  bias: number;
  multiplier: number;
  /** Bytes of a value in the picture with its border: 1, 2 (int8 widened) or 4. */
  size: 1 | 2 | 4;
  /** Runs of bytes that a window is, each from its first pixel: offsets in pixels, bytes of each. */
  segments: { offsets: number[]; bytes: number };
  /** Whether the kernel copies the picture; only one that has no border can be read in place. */
  copies: boolean;
  /** Whether the kernel needs the sum of each window. */
  sums: boolean;
  /** Bytes of a segment that the picture has; the others are filled up. */
  ownBytes: number;
  /** Height and width of the picture with its border, where they are not `paddedSize`. */
  padded?: [height: number, width: number];
  /** Whether the kernel copies the segments of a window one behind the other; then it has one. */
  gathers?: boolean;
  /** What was added to weights of one byte, or has to be to pixels. */
  added?: number;
  /** Tiles of pixels that go through at once. */
  block?: number;
  /** Bytes of scratch that a block needs, behind the picture and its sums. */
  work?: number;
}

/** Some rows of a convolution's output, computed as a convolution of their own. */
export interface Band extends Geometry {
  /** Values of input and output before the band. */
  skipX: number;
  skipY: number;
  /** Which of the bands it is. */
  place: number;
}

/**
 * A convolution in bands for as many threads; batches and small pictures stay whole.
 * @param rows what begins of bands are multiples of, so that tiles and pairs of rows stay whole.
 */
export function bandsOf(g: Geometry, threads: number, rows = 2): Band[] {
  const count = THREADS && g.batch === 1 ? Math.min(threads, Math.floor(g.outH / rows)) : 1;
  if (count <= 1) return [{ ...g, skipX: 0, skipY: 0, place: 0 }];
  const begin = (place: number) => rows * Math.round(place * g.outH / count / rows);
  return Array.from({ length: count }, (_, place) => {
    const first = begin(place);
    const end = place + 1 < count ? begin(place + 1) : g.outH;
    const top = first * g.strideH - g.padTop;
    const skipped = Math.max(0, top);
    return {
      ...g,
      height: g.height - skipped,
      outH: end - first,
      padTop: Math.max(0, -top),
      skipX: skipped * g.width * g.channels,
      skipY: first * g.outW * g.outputs,
      place,
    };
  });
}

/** Height and width of the picture with its border, as far as windows reach. */
export function paddedSize(g: Geometry): [height: number, width: number] {
  return [
    (g.outH - 1) * g.strideH + (g.kernelH - 1) * g.dilationH + 1,
    (g.outW - 1) * g.strideW + (g.kernelW - 1) * g.dilationW + 1,
  ];
}

/** Whether windows never leave the picture and its rows are as long as windows reach. */
export function hasNoBorder(g: Geometry): boolean {
  const [height, width] = paddedSize(g);
  return g.padTop === 0 && g.padLeft === 0 && width <= g.width && height <= g.height;
}

/** Writes a bias, zeros where the operator has none; packing the weights adds to it. */
export function writeBias({ inputs, allocate, memory }: Preparation, outputs: number): number {
  const [x, , bias] = inputs;
  const address = allocate(outputs * 4);
  const room = x.dtype === "int8"
    ? new Int32Array(memory(), address, outputs)
    : new Float32Array(memory(), address, outputs);
  if (bias) room.set(decodeTensor(bias));
  return address;
}

/** Writes the factor of each channel's sums. */
export function writeMultipliers(
  { operator, inputs: [, w], allocate, memory }: Preparation,
  outputs: number,
): number {
  const { factor } = (operator as ModelOperator<"Conv2D">).params;
  const address = allocate(outputs * 4);
  new Float32Array(memory(), address, outputs).set(multipliers(w, outputs, factor));
  return address;
}

/** Copies the weights to where kernels can read them, until the next `allocate`. */
export function lendWeights({ inputs: [, w], borrow, memory }: Preparation): number {
  const { buffer, byteOffset, byteLength } = decodeTensor(w);
  const address = borrow(byteLength);
  new Uint8Array(memory(), address, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
  return address;
}

/** What a packing kernel (runtime/kernels/assembly/pack_weights.ts) is told, without the weights. */
export interface Packing {
  to: number;
  bias: number;
  outputs: number;
  perGroup: number;
  runs: number;
  products: number;
  bytes: number;
  size: 1 | 2 | 4;
  kernelH: number;
  kernelW: number;
  /** What to add to weights of one byte. */
  toWeights?: number;
  /** What the kernel adds to pixels. */
  toPixels?: number;
}

/** Lays the operator's weights out by the named kernel. */
export function packWeights(preparation: Preparation, name: string, packing: Packing): void {
  const { inputs: [x], dot, memory, spread } = preparation;
  const { to, bias, outputs, perGroup, runs, products, bytes, size } = packing;
  const { kernelH, kernelW, toWeights = 0, toPixels = 0 } = packing;
  // deno-fmt-ignore -- as pack_weights.ts counts them
  const block = writeArguments(preparation, [
    0, to, bias, outputs, perGroup, runs, products, bytes, size, x.zeroPoint + toPixels,
    kernelH, kernelW, toWeights, dot === null ? 0 : 1,
  ], []);
  // Memory may move while the weights are copied in.
  const weights = lendWeights(preparation);
  new Int32Array(memory(), block, 1)[0] = weights;
  spread(name, [block])();
}

/** Bytes behind the picture that kernels may read: some pixels of a tile that is not full, a vector. */
function slackBytes(g: Geometry, size: number): number {
  return (4 * g.strideW + g.kernelW * g.dilationW) * g.channels * size + 64;
}

/** Writes the argument block (runtime/kernels/assembly/pad.ts) and reserves its scratch. */
export function writeBlock(preparation: Preparation, g: Band, parts: BlockParts): number {
  const { operator, inputs: [x], output, allocate, memory, address, scratch } = preparation;
  const { min, max } = (operator as ModelOperator<"Conv2D">).params;
  const { size, segments, copies, padded = paddedSize(g), work = 0, gathers = false } = parts;
  const integer = output.dtype === "int8";
  const offsets = allocate(segments.offsets.length * 4);
  const [lines, lineWidth] = copies ? padded : [g.height, g.width];
  new Int32Array(memory(), offsets, segments.offsets.length).set(
    segments.offsets.map((pixels) => pixels * g.channels * size),
  );
  const runs = segments.offsets.length;
  const zy = integer ? output.zeroPoint : 0;
  const picture = copies ? lines * lineWidth * g.channels * size + slackBytes(g, size) : 0;
  // 127 segments of two int8 a lane are the most that int16 holds.
  const narrow = parts.sums && parts.ownBytes <= 16 && runs <= 127;
  const sumsAt = 64 + ((picture + 15) & ~15);
  const workAt = sumsAt + (parts.sums && !narrow ? lines * lineWidth * 4 + 64 : 0);
  // deno-fmt-ignore -- one line for each group of words
  const block = writeArguments(preparation, [
    address(x) + g.skipX * (x.dtype === "int8" ? 1 : 4),
    address(output) + g.skipY * (integer ? 1 : 4), parts.weights, parts.bias, parts.multiplier, 0,
    g.batch, g.height, g.width, g.channels, g.outH, g.outW, g.outputs, g.kernelH, g.kernelW,
    g.strideH, g.strideW, g.padTop, g.padLeft, g.dilationH, g.dilationW, g.groups,
    x.zeroPoint, zy, min - zy, max - zy, integer ? 0 : 1,
    g.channels / g.groups, segments.bytes, gathers ? 1 : runs, copies ? 1 : 0, offsets,
    0, 0, 0, 0, lines, lineWidth, sumsAt, narrow ? 1 : 0, 0, 0, 0, 0,
    parts.block ?? 0, workAt, parts.added ?? 0, 0, gathers ? runs : 0, parts.ownBytes,
  ], [24, 25]);
  new Int16Array(memory(), block + 128, 8).fill(1);
  if (narrow) new Uint8Array(memory(), block + 160, parts.ownBytes).fill(255);
  scratch(block + 20, workAt + work, g.place);
  return block;
}
