/**
 * 3×3 convolutions of int8 by Winograd's algorithm (runtime/kernels/assembly/winograd_int8.ts).
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

/** With more channels, four times the largest sum would not fit int32: 4 · 9 · 128 · 128 each. */
const MOST_CHANNELS = 3640;
/** Bytes of transformed inputs that go through at once, so that they stay in the first cache. */
const BLOCK_BYTES = 16384;

function tilesOf({ outH, outW }: Geometry): [down: number, across: number] {
  return [(outH + 1) >> 1, (outW + 1) >> 1];
}

/** Whether the kernel can compute a convolution, and tiles are filled well enough to gain by it. */
export function isWinograd(g: Geometry): boolean {
  const { kernelH, kernelW, strideH, strideW, dilationH, dilationW, groups, channels } = g;
  const [down, across] = tilesOf(g);
  const fits = kernelH === 3 && kernelW === 3 && strideH * strideW * dilationH * dilationW === 1 &&
    groups === 1 && channels % 8 === 0 && channels <= MOST_CHANNELS;
  // Tiles go by fours, 16 products each; pixels one by one would take 9.
  return fits && 16 * 4 * Math.ceil(down * across / 4) * 1.25 < 9 * g.outH * g.outW;
}

/** Lays out a convolution that `isWinograd`. */
export function prepareWinograd(preparation: Preparation, g: Geometry): () => void {
  const { channels, outputs, kernelH, kernelW } = g;
  const to = preparation.allocate(Math.ceil(outputs / 8) * 256 * channels);
  const bias = writeBias(preparation, outputs);
  packWeights(preparation, "pack_winograd", {
    ...{ to, bias, outputs, perGroup: outputs, runs: 3, products: 3 * channels },
    ...{ bytes: 0, size: 2, kernelH, kernelW },
  });
  const multiplier = writeMultipliers(preparation, outputs);
  const fours = Math.max(1, Math.floor(BLOCK_BYTES / (128 * channels)));
  const blocks = bandsOf(g, preparation.threads).map((band) => {
    const [down, across] = tilesOf(band);
    const tiles = 4 * Math.min(fours, Math.ceil(down * across / 4));
    return writeBlock(preparation, band, {
      ...{ weights: to, bias, multiplier, size: 1, copies: true, sums: false, ownBytes: 0 },
      segments: { offsets: [], bytes: 0 },
      padded: [2 * down + 2, 2 * across + 2],
      block: tiles,
      work: tiles * (32 * channels + 512),
    });
  });
  return preparation.spread("winograd_int8", blocks);
}
