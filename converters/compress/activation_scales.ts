/**
 * Scale and zero point of every int8 activation.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Range } from "../data/mod.ts";
import type { CoreGraph, Quantization } from "../graph/graph.ts";
import { MOVES } from "./integer_nodes.ts";
import { roundHalfEven } from "./quantize_weights.ts";
import { weightsOf } from "./weighted.ts";

/** Below this, steps are 1: their reciprocals have to be float32 values too. */
const SMALLEST_SCALE = 2 ** -100;

/**
 * Asymmetric int8 (Jacob et al. 2018, arXiv:1712.05877, §2.1): scale = (max − min) / 255,
 * zeroPoint = round(−128 − min / scale), both ends including 0 so that padding is exact.
 * @param powerOfTwo whether the scale is the power of two above.
 */
export function quantizationOf({ min, max }: Range, powerOfTwo = false): Quantization {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0);
  const exact = Math.fround((high - low) / 255);
  const step = powerOfTwo && exact > 0 ? 2 ** Math.ceil(Math.log2(exact)) : exact;
  const scale = step < SMALLEST_SCALE ? 1 : step;
  const zeroPoint = Math.min(127, Math.max(-128, roundHalfEven(-128 - low / scale)));
  return { scale, zeroPoint };
}

/** Ranges of the constants among the operands of integer nodes. */
function constantRanges(graph: CoreGraph, integer: ReadonlySet<string>): [string, Range][] {
  return graph.nodes.flatMap((node) => {
    if (!integer.has(node.name)) return [];
    const operands = weightsOf(graph, node) ? node.inputs.slice(0, 1) : node.inputs;
    return operands.flatMap((name): [string, Range][] => {
      const { data } = graph.tensors.get(name)!;
      return data instanceof Float32Array ? [[name, rangeOf(data)]] : [];
    });
  });
}

function rangeOf(values: Float32Array): Range {
  return values.reduce<Range>(
    ({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }),
    { min: 0, max: 0 },
  );
}

/**
 * Gives the operands of integer nodes their quantization, constants included. Tensors that must
 * share it (before and after MaxPool2D, Concat, Slice, Pad, Reshape, Transpose) get the union of
 * their ranges.
 * @param powersOfTwo whether scales are powers of two.
 * @throws KedgeError `data/range` where a tensor was never seen or took no finite values.
 */
export function activationScales(
  graph: CoreGraph,
  ranges: ReadonlyMap<string, Range>,
  integer: ReadonlySet<string>,
  powersOfTwo = false,
): (name: string) => Quantization {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    const up = parent.get(name);
    return up === undefined ? name : root(up);
  };
  for (const { name, op, inputs, output } of graph.nodes) {
    if (!integer.has(name) || !(MOVES.has(op) || op === "MaxPool2D")) continue;
    for (const input of inputs) {
      const [a, b] = [root(input), root(output)];
      if (a !== b) parent.set(a, b);
    }
  }
  const unions = new Map<string, Range>();
  for (const [name, range] of [...ranges, ...constantRanges(graph, integer)]) {
    const key = root(name);
    const known = unions.get(key) ?? { min: 0, max: 0 };
    unions.set(key, { min: Math.min(known.min, range.min), max: Math.max(known.max, range.max) });
  }
  return (name) => {
    const range = unions.get(root(name));
    if (range && Number.isFinite(range.max - range.min)) return quantizationOf(range, powersOfTwo);
    throw new KedgeError({
      code: "data/range",
      message: `Quantizing to int8: the values of tensor "${name}" are not known or not finite`,
      where: { tensor: name },
      got: range ? `${range.min}…${range.max}` : "never seen",
      wanted: "a finite range from the calibration samples",
      hint: "check the samples, or keep the layer in float with --keep-float",
    });
  };
}
