/**
 * How many channels of a convolution with packed weights are unpacked at a time: as many as there
 * is room for beside what is alive, about below the peak.
 * @module
 */
import { packedWeights } from "../calls/packed.ts";
import { patchBytes } from "../weight_layouts/scratch_bytes.ts";
import type { Layer } from "../calls/layer.ts";
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
    const { op } = layer.operator;
    if (op !== "Conv2D" && op !== "DepthwiseConv2D" || !packedWeights(layer)) return;
    let alive = 0;
    for (const [block, bytes] of sizes) {
      if (firstUse.get(block)! <= at && at <= lastUse.get(block)!) alive += bytes;
    }
    const block = blockOf(layer, Math.min(mostBytes(plan) - alive, MOST_BYTES));
    if (block) blocks.set(operator, block);
  });
  return plan.bands ? withoutChain(blocks, plan.bands.chain) : blocks;
}

/** Channels that there is room for beside the kernel's own memory; 0 where too few. */
function blockOf(layer: Layer, room: number): number {
  const { operator: { op, params }, inputs: [, weights], output } = layer;
  const { groups = 1 } = params as Readonly<Record<string, number>>;
  const channels = output.shape[3];
  const depth = weights.size / channels;
  if (op === "DepthwiseConv2D") return weights.size + 16 <= room ? channels : 0;
  const block = Math.min(channels, Math.floor((room - patchBytes(depth)) / (depth + 4)) & ~3);
  return block >= (groups > 1 ? channels : Math.min(channels, FEWEST_CHANNELS)) ? block : 0;
}

/** Bands would unpack the same weights again and again. */
function withoutChain(blocks: Map<number, number>, chain: readonly number[]): Map<number, number> {
  chain.forEach((operator) => blocks.delete(operator));
  return blocks;
}
