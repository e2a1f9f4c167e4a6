/**
 * The memory of a program: which order, which bands, and where everything lies in one arena.
 * @module
 */
import type { GraphView } from "./graph_view.ts";
import { operatorOrders } from "./order_operators.ts";
import { type Block, type Overlap, placeBlocks } from "./place_blocks.ts";
import { bytesOf, rowsOf, safeDistance } from "./rows.ts";
import {
  bandedTasks,
  type BandPlan,
  blockOf,
  firstChain,
  repeatedShare,
  type Task,
  wholeTasks,
} from "./tasks.ts";

/** A program with its memory. */
export interface ArenaPlan {
  readonly tasks: readonly Task[];
  /** Byte offset of every block by key. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Byte offset of each task's scratch memory; −1 where it needs none. */
  readonly scratch: readonly number[];
  readonly bytes: number;
  /** Operators that are run band by band, or null. */
  readonly bands: BandPlan | null;
}

/** Bytes of scratch that a task's kernel needs. */
export type ScratchRule = (task: Task) => number;

/** How a plan may be made. */
export interface PlanOptions {
  /** Most work, as a share of the chain's, that bands may do twice; 0 for no bands. */
  readonly repeat: number;
}

/** Bands are worth a loss of time only where they spare at least this share of the arena. */
const WORTHWHILE = 0.1;

/** Plans a model: of all orders and bands tried, the one with the smallest arena. */
export function planArena(
  view: GraphView,
  scratchOf: ScratchRule,
  { repeat }: PlanOptions = { repeat: 0.5 },
): ArenaPlan {
  const orders = operatorOrders(view);
  const whole = orders.map((order) => placeTasks(view, wholeTasks(view, order), scratchOf, null));
  const least = whole.reduce((best, next) => next.bytes < best.bytes ? next : best);
  const order = orders[whole.indexOf(least)];
  const banded = bandPlans(view, order)
    .filter((bands) => repeatedShare(view, bands) <= repeat)
    .map((bands) => placeTasks(view, bandedTasks(view, order, bands), scratchOf, bands));
  const best = banded.reduce((best, next) => next.bytes < best.bytes ? next : best, least);
  return best.bytes <= least.bytes * (1 - WORTHWHILE) ? best : least;
}

/** Chains of two operators and more, in bands of some heights. */
function bandPlans(view: GraphView, order: readonly number[]): BandPlan[] {
  const chain = firstChain(view, order);
  const plans: BandPlan[] = [];
  for (let length = 2; length <= Math.min(chain.length, 8); length++) {
    const last = view.model.operators[chain[length - 1]];
    const rows = view.model.tensors[last.output].shape[1];
    for (const height of [2, 3, 4, 6, 8, 12]) {
      if (height < rows) plans.push({ chain: chain.slice(0, length), height });
    }
  }
  return plans;
}

/** Blocks of memory with their lifetimes, and where two may share. */
function placeTasks(
  view: GraphView,
  tasks: readonly Task[],
  scratchOf: ScratchRule,
  bands: BandPlan | null,
): ArenaPlan {
  const blocks = new Map<string, { bytes: number; from: number; to: number }>();
  const touch = (key: string, bytes: number, at: number) => {
    const block = blocks.get(key) ?? { bytes: 0, from: at, to: at };
    block.bytes = Math.max(block.bytes, bytes);
    block.to = at;
    blocks.set(key, block);
  };
  const ofTensor = (tensor: number) => bytesOf(view.model.tensors[view.sharedWith(tensor)]);
  view.inputs.forEach((i) => touch(blockOf(view.sharedWith(i)), ofTensor(i), -1));
  tasks.forEach(({ layer, inputs, output }, at) => {
    inputs.forEach((place, i) => place && touch(place.block, bytesOf(layer.inputs[i]), at));
    const whole = output.block.startsWith("t");
    touch(output.block, whole ? ofTensor(layer.operator.output) : bytesOf(layer.output), at);
  });
  view.outputs.forEach((i) => touch(blockOf(view.sharedWith(i)), ofTensor(i), tasks.length));
  const keys = [...blocks.keys()];
  const places = new Map(keys.map((key, i) => [key, i]));
  const all: Block[] = keys.map((key) => blocks.get(key)!);
  const scratchAt = tasks.map((task, at) => {
    const bytes = scratchOf(task);
    return bytes ? all.push({ bytes, from: at, to: at }) - 1 : -1;
  });
  const overlaps = tasks.flatMap((task, at) =>
    overlapsOf(task, (place) => blocks.get(place)!.to === at)
      .map(({ input, output, distance }) => ({
        input: places.get(input)!,
        output: places.get(output)!,
        distance,
      }))
  );
  const { offsets, bytes } = placeBlocks(all, strictest(overlaps));
  return {
    tasks,
    offsets: new Map(keys.map((key, i) => [key, offsets[i]])),
    scratch: scratchAt.map((block) => block < 0 ? -1 : offsets[block]),
    bytes,
    bands,
  };
}

/** Operators that make element i of their output of nothing but element i of their inputs. */
const ELEMENTWISE = new Set([
  ...["Add", "Mul", "Div", "Maximum", "Minimum", "Pow", "Unary", "Table"],
]);

/** Which of a task's inputs its output may be written over, and how. */
function overlapsOf(
  { layer, inputs, output, completes }: Task,
  dies: (block: string) => boolean,
): { input: string; output: string; distance: number }[] {
  if (!completes && !output.block.startsWith("b")) return [];
  const { operator } = layer;
  const rows = rowsOf(operator, layer.inputs, layer.output);
  return inputs.flatMap((place, i) => {
    if (!place || !dies(place.block) || place.shift || output.shift) return [];
    const [from, to] = [bytesOf(layer.inputs[i]), bytesOf(layer.output)];
    const elementwise = ELEMENTWISE.has(operator.op) && from === to;
    // Weights unpacked in parts are used channel by channel, not row by row.
    const inParts = layer.block > 0 && layer.block < layer.output.shape[3];
    const byRows = rows !== null && i === 0 && !inParts;
    const distance = elementwise ? 0 : byRows ? safeDistance(rows) : null;
    return distance === null ? [] : [{ input: place.block, output: output.block, distance }];
  });
}

/** Where a task reads a block twice, the larger distance holds. */
function strictest(overlaps: readonly Overlap[]): Overlap[] {
  const found = new Map<string, Overlap>();
  for (const overlap of overlaps) {
    const key = `${overlap.input}:${overlap.output}`;
    const known = found.get(key);
    if (!known || known.distance < overlap.distance) found.set(key, overlap);
  }
  return [...found.values()];
}
