/**
 * Which channels of its operands every output channel of an operator comes from. A channel is an
 * index along the last axis (layouts are channels last).
 * @module
 */
import type { CoreGraph, CoreNode } from "../graph/graph.ts";

/** Told that output channel `out` is made of channel `channel` of operand number `operand`. */
export type Visit = (out: number, operand: number, channel: number) => void;

/** Operators whose output channels are sums over all channels of the input. */
const SUMS: ReadonlySet<string> = new Set(["Conv2D", "FullyConnected"]);

/** Operators that keep channels apart. */
const APART: ReadonlySet<string> = new Set([
  "DepthwiseConv2D",
  "Add",
  "Mul",
  "Div",
  "Maximum",
  "Minimum",
  "Pow",
  "MaxPool2D",
  "AveragePool2D",
  "Unary",
  "Table",
  "Quantize",
  "Dequantize",
]);

/** Operators whose inputs behind the first are no operands but weights, bias, table. */
const ONE_OPERAND: ReadonlySet<string> = new Set([...SUMS, "DepthwiseConv2D", "Table"]);

/** Whether each output channel of an operator is a sum over the channels of its input. */
export function isSum(node: CoreNode): boolean {
  return SUMS.has(node.op);
}

/** Names of the inputs that carry channels. */
export function operandsOf({ op, inputs }: CoreNode): string[] {
  return ONE_OPERAND.has(op) ? inputs.slice(0, 1) : inputs;
}

/** Length of a tensor's last axis; a scalar has one channel. */
export function channelsOf(graph: CoreGraph, name: string): number {
  return graph.tensors.get(name)!.shape!.at(-1) ?? 1;
}

/**
 * Visits all links of an operator.
 * @returns names of the tensors whose channels cannot be told apart here, so that none can go.
 */
export function eachLink(graph: CoreGraph, node: CoreNode, visit: Visit): string[] {
  const operands = operandsOf(node);
  const channels = channelsOf(graph, node.output);
  const lengths = operands.map((name) => channelsOf(graph, name));
  const rank = graph.tensors.get(operands[0])!.shape!.length;
  const all = [...operands, node.output];
  const straight = () => {
    operands.forEach((_, i) => {
      if (lengths[i] === channels) { for (let c = 0; c < channels; c++) visit(c, i, c); }
    });
    // A stretched operand is needed by all channels; it does not tie them to each other.
    return operands.filter((_, i) => lengths[i] !== channels);
  };
  if (isSum(node)) return [];
  if (APART.has(node.op)) return straight();
  switch (node.op) {
    case "Concat": {
      if (node.params.axis !== rank - 1) return straight();
      let offset = 0;
      lengths.forEach((length, i) => {
        for (let c = 0; c < length; c++) visit(offset + c, i, c);
        offset += length;
      });
      return [];
    }
    case "Slice": {
      const [begin, step] = [node.list[rank - 1], node.list[2 * rank - 1]];
      for (let c = 0; c < channels; c++) visit(c, 0, begin + c * step);
      return step === 1 ? [] : all;
    }
    case "Pad": {
      for (let c = 0; c < lengths[0]; c++) visit(node.list[rank - 1] + c, 0, c);
      return [];
    }
    case "Reshape": {
      const [long, short] = [Math.max(channels, lengths[0]), Math.min(channels, lengths[0])];
      if (short === 0 || long % short) return all;
      for (let k = 0; k < long; k++) {
        if (channels === long) visit(k, 0, k % short);
        else visit(k % short, 0, k);
      }
      return [];
    }
    case "Transpose":
      return node.list.at(-1) === rank - 1 ? straight() : all;
    case "Reduce":
      return node.list.includes(rank - 1) ? all : straight();
    default:
      return all;
  }
}
