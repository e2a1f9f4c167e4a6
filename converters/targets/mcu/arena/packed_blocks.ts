/**
 * How many channels of a convolution with packed weights are unpacked at a time: as many as there
 * is room for beside what is alive, about below the peak.
 * @module
 */
import { packedWeights } from "../calls/packed.ts";
import { patchBytes } from "../weight_layouts/scratch_bytes.ts";
import type { ArenaPlan } from "./plan_arena.ts";
import { bytesOf } from "./rows.ts";

/** How large the arena may get: a twentieth or 2 KB more are worth the flash that is spared. */
export function mostBytes({ bytes }: ArenaPlan): number {
  return bytes + Math.max(0.05 * bytes, 2048);
}

/** Unpacked at a time: no more bytes than this, and no fewer channels. */
const MOST_BYTES = 16 * 1024;
const FEWEST_CHANNELS = 4;

/**
 * Channels of every convolution whose weights are to stay packed; others have no entry.
 * @param plan memory of the model with all weights as int8.
 */
export function packedBlocks(plan: ArenaPlan): Map<number, number> {
  const blocks = new Map<number, number>();
  const lastUse = new Map<string, number>();
  const firstUse = new Map<string, number>();
  const sizes = new Map<string, number>();
  plan.tasks.forEach(({ layer, inputs, output }, at) => {
    const use = (block: string, bytes: number) => {
      if (!firstUse.has(block)) firstUse.set(block, at);
      lastUse.set(block, at);
      sizes.set(block, Math.max(sizes.get(block) ?? 0, bytes));
    };
    inputs.forEach((place, i) => place && use(place.block, bytesOf(layer.inputs[i])));
    use(output.block, bytesOf(layer.output));
  });
  plan.tasks.forEach(({ layer, operator }, at) => {
    if (layer.operator.op !== "Conv2D" || !packedWeights(layer)) return;
    const [, weights] = layer.inputs;
    const channels = weights.shape[0];
    const depth = weights.size / channels;
    let alive = 0;
    for (const [block, bytes] of sizes) {
      if (firstUse.get(block)! <= at && at <= lastUse.get(block)!) alive += bytes;
    }
    const room = Math.min(mostBytes(plan) - alive - patchBytes(depth), MOST_BYTES);
    const block = Math.min(channels, Math.floor(room / (depth + 4)) & ~3);
    if (block >= Math.min(channels, FEWEST_CHANNELS)) blocks.set(operator, block);
  });
  return plan.bands ? withoutChain(blocks, plan.bands.chain) : blocks;
}

/** Bands would unpack the same weights again and again. */
function withoutChain(blocks: Map<number, number>, chain: readonly number[]): Map<number, number> {
  chain.forEach((operator) => blocks.delete(operator));
  return blocks;
}
