/**
 * 3×3 convolutions by Winograd's algorithm (runtime/kernels/assembly/winograd_int8.ts, and
 * winograd_float32.ts where relaxed SIMD is).
 * @module
 */
import type { Preparation } from "../step.ts";
import {
  bandsOf,
  type Geometry,
  packWeights,
  writeBias,
  writeBlock,
  writeMultipliers,
} from "./convolution_block.ts";

/** A kernel that goes by tiles. */
export interface Tiles {
  /** Kernels that run it and that lay its weights out. */
  kernels: readonly [run: string, pack: string];
  /** Pixels a tile, along each side; as many and two more squared are its places. */
  tile: 2 | 4;
  /** Bytes of a value in the picture, and of a transformed one. */
  size: 1 | 4;
  bytes: 2 | 4;
  /** Channels go by so many. */
  channels: 4 | 8;
  /** With more channels sums overflow, or errors grow. */
  most: number;
  /** What tiles take in all, as a multiple of their products (measured). */
  cost(channels: number, outputs: number): number;
}

/** Which kernel could compute a layer, or null. */
export type TilesOf = (preparation: Preparation) => Tiles | null;

/** F(2×2, 3×3) in whole numbers. */
export const INT8_TILES: Tiles = {
  ...{ kernels: ["winograd_int8", "pack_winograd"], tile: 2, size: 1, bytes: 2, channels: 8 },
  // Four times the largest sum fits int32: 4 · 9 · 128 · 128 a channel.
  most: 3640,
  cost: () => 1.25,
};

/** F(4×4, 3×3). */
export const FLOAT32_TILES: Tiles = {
  kernels: ["winograd_float32", "pack_winograd_float32"],
  ...{ tile: 4, size: 4, bytes: 4, channels: 4, most: 128 },
  cost: (channels, outputs) => 1.1 + 12 / channels + 6 / outputs,
};

/** Bytes of transformed inputs that go through at once, so that they stay in the first cache. */
const BLOCK_BYTES = 16384;

function count({ outH, outW }: Geometry, tile: number): [down: number, across: number] {
  return [Math.ceil(outH / tile), Math.ceil(outW / tile)];
}

/** Whether a kernel can compute a convolution, and tiles are filled well enough to gain by it. */
export function gainsByTiles(kind: Tiles, g: Geometry): boolean {
  const { kernelH, kernelW, strideH, strideW, dilationH, dilationW, groups, channels } = g;
  const [down, across] = count(g, kind.tile);
  const fits = kernelH === 3 && kernelW === 3 && strideH * strideW * dilationH * dilationW === 1 &&
    groups === 1 && channels % kind.channels === 0 && channels <= kind.most;
  // Tiles go by fours, a product for each place; pixels one by one would take 9.
  const products = 4 * (kind.tile + 2) ** 2 * Math.ceil(down * across / 4);
  return fits && products * kind.cost(channels, g.outputs) < 9 * g.outH * g.outW;
}

/** Lays out a convolution that `gainsByTiles`. */
export function prepareTiles(
  preparation: Preparation,
  g: Geometry,
  { kernels, tile, size, bytes }: Tiles,
): () => void {
  const { channels, outputs, kernelH, kernelW } = g;
  const places = (tile + 2) ** 2;
  const to = preparation.allocate(Math.ceil(outputs / 8) * 8 * places * channels * bytes);
  const bias = writeBias(preparation, outputs);
  packWeights(preparation, kernels[1], {
    ...{ to, bias, outputs, perGroup: outputs, runs: 3, products: 3 * channels },
    ...{ bytes: 0, size: bytes, kernelH, kernelW },
  });
  const multiplier = writeMultipliers(preparation, outputs);
  const inputs = places * channels * bytes;
  const fours = Math.max(1, Math.floor(BLOCK_BYTES / (4 * inputs)));
  const blocks = bandsOf(g, preparation.threads, tile).map((band) => {
    const [down, across] = count(band, tile);
    const tiles = 4 * Math.min(fours, Math.ceil(down * across / 4));
    return writeBlock(preparation, band, {
      ...{ weights: to, bias, multiplier, size, copies: true, sums: false, ownBytes: 0 },
      segments: { offsets: [], bytes: 0 },
      padded: [tile * down + 2, tile * across + 2],
      block: tiles,
      // Inputs and sums of the tiles; one of them half transformed.
      work: tiles * (inputs + 32 * places) + 16 * places,
    });
  });
  return preparation.spread(kernels[0], blocks);
}
