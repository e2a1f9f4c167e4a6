/**
 * Static memory plan: offsets of all activations in one arena, greedy by size over lifetimes
 * (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", §5.2).
 * @module
 */
import { type CoreGraph, type CoreNode, sizeOf } from "../graph/graph.ts";

/** Where activations lie. */
export interface Plan {
  /** Byte offset of every activation, a multiple of 16. */
  offsets: Map<string, number>;
  /** Bytes of the arena, the peak. */
  arenaBytes: number;
}

/** Tensors that share one place: a tensor and what is computed in place over it. */
interface Block {
  names: string[];
  bytes: number;
  /** First and last step at which it is needed; step i is node i, −1 is before the first. */
  from: number;
  to: number;
}

const ALIGN = 16;

/**
 * Plans a graph. Reshape shares its input's place; element-wise operators write over an input that
 * dies there.
 */
export function planMemory(graph: CoreGraph): Plan {
  const blocks = makeBlocks(graph);
  const bySize = blocks.toSorted((a, b) => b.bytes - a.bytes || a.from - b.from);
  const byTime = blocks.toSorted((a, b) => a.from - b.from || b.bytes - a.bytes);
  const plans = [place(bySize), place(byTime)];
  return plans[0].arenaBytes <= plans[1].arenaBytes ? plans[0] : plans[1];
}

/** Bytes of an activation: one for int8, else four. */
export function activationBytes(graph: CoreGraph, name: string): number {
  const tensor = graph.tensors.get(name);
  return sizeOf(tensor?.shape ?? []) * (tensor?.dtype === "int8" ? 1 : 4);
}

function makeBlocks(graph: CoreGraph): Block[] {
  const lastUse = new Map<string, number>();
  graph.nodes.forEach(({ inputs }, step) => inputs.forEach((name) => lastUse.set(name, step)));
  graph.outputs.forEach((name) => lastUse.set(name, graph.nodes.length));
  const blockOf = new Map<string, Block>();
  const blocks: Block[] = [];
  const add = (name: string, from: number) => {
    const to = lastUse.get(name) ?? from;
    const block = {
      names: [name],
      bytes: activationBytes(graph, name),
      from,
      to,
    };
    blocks.push(block);
    blockOf.set(name, block);
  };
  graph.inputs.forEach((name) => add(name, -1));
  graph.nodes.forEach((node, step) => {
    const host = hostOf(graph, node, step, blockOf);
    if (!host) return add(node.output, step);
    host.names.push(node.output);
    host.to = Math.max(host.to, lastUse.get(node.output) ?? step);
    blockOf.set(node.output, host);
  });
  return blocks;
}

/** The block that the node's output can be written over, if any. */
function hostOf(
  graph: CoreGraph,
  { op, inputs, output }: CoreNode,
  step: number,
  blockOf: Map<string, Block>,
): Block | null {
  if (!["Reshape", "Unary", "Table", "Add", "Mul"].includes(op)) return null;
  const wanted = graph.tensors.get(output);
  for (const name of inputs) {
    const block = blockOf.get(name);
    const given = graph.tensors.get(name);
    if (!block || !given || given.dtype !== wanted?.dtype) continue;
    if (activationBytes(graph, name) !== activationBytes(graph, output)) {
      continue;
    }
    if (op === "Reshape" || block.to === step) return block;
  }
  return null;
}

/** Puts blocks one after the other into the lowest gap that fits beside those alive with them. */
function place(blocks: readonly Block[]): Plan {
  const offsets = new Map<string, number>();
  const placed: { block: Block; at: number; end: number }[] = [];
  let arenaBytes = 0;
  for (const block of blocks) {
    const beside = placed
      .filter(({ block: other }) => other.from <= block.to && block.from <= other.to)
      .sort((a, b) => a.at - b.at);
    let at = 0;
    for (const other of beside) {
      if (at + block.bytes <= other.at) break;
      at = Math.max(at, Math.ceil(other.end / ALIGN) * ALIGN);
    }
    placed.push({ block, at, end: at + block.bytes });
    arenaBytes = Math.max(arenaBytes, at + block.bytes);
    for (const name of block.names) offsets.set(name, at);
  }
  return { offsets, arenaBytes: Math.ceil(arenaBytes / ALIGN) * ALIGN };
}
