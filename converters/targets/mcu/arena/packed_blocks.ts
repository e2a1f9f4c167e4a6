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
 * Choices of channels for every convolution whose weights are to stay packed, others without an
 * entry, from those that spare most flash on. Outputs may lie over inputs where all weights are
 * unpacked at once, and not where in parts, so how much room there is shows only in a plan.
 * @param plan memory of the model with all weights as int8.
 */
export function* packedBlocks(plan: ArenaPlan): Generator<Map<number, number>> {
  const alive = aliveBytes(plan);
  for (const share of [1, 0.7, 0.4, 0]) {
    const blocks = new Map<number, number>();
    plan.tasks.forEach(({ layer, operator }, at) => {
      const { op } = layer.operator;
      if (op !== "Conv2D" && op !== "DepthwiseConv2D" || !packedWeights(layer)) return;
      const [x] = layer.inputs;
      const most = mostBytes(plan);
      const over = Math.max(bytesOf(x), bytesOf(layer.output));
      const whole = blockOf(layer, share * Math.min(most - over, MOST_BYTES));
      const inParts = blockOf(layer, Math.min(most - alive[at], MOST_BYTES));
      const block = Math.max(whole === layer.output.shape[3] ? whole : 0, inParts);
      if (block) blocks.set(operator, block);
    });
    yield plan.bands ? withoutChain(blocks, plan.bands.chain) : blocks;
  }
}

/** Bytes of all that is alive during each task, nothing over anything else. */
function aliveBytes({ tasks }: ArenaPlan): number[] {
  const lives = new Map<string, { from: number; to: number; bytes: number }>();
  tasks.forEach(({ layer, inputs, output }, at) => {
    const use = (block: string, bytes: number) => {
      const life = lives.get(block) ?? { from: at, to: at, bytes };
      lives.set(block, { from: life.from, to: at, bytes: Math.max(life.bytes, bytes) });
    };
    inputs.forEach((place, i) => place && use(place.block, bytesOf(layer.inputs[i])));
    use(output.block, bytesOf(layer.output));
  });
  return tasks.map((_, at) =>
    [...lives.values()].reduce(
      (sum, { from, to, bytes }) => from <= at && at <= to ? sum + bytes : sum,
      0,
    )
  );
}

/** Channels that there is room for beside the kernel's own memory; 0 where too few. */
function blockOf(layer: Layer, room: number): number {
  const { operator: { op, params }, inputs: [, weights], output } = layer;
  const { groups = 1 } = params as Readonly<Record<string, number>>;
  const channels = output.shape[3];
  const depth = weights.size / channels;
  if (op === "DepthwiseConv2D") return weights.size + 16 <= room ? channels : 0;
  const fit = Math.floor((room - patchBytes(depth)) / (depth + 4));
  const block = fit >= channels ? channels : fit & ~3;
  return block >= (groups > 1 ? channels : Math.min(channels, FEWEST_CHANNELS)) ? block : 0;
}

/** Bands would unpack the same weights again and again. */
function withoutChain(blocks: Map<number, number>, chain: readonly number[]): Map<number, number> {
  chain.forEach((operator) => blocks.delete(operator));
  return blocks;
}
