/**
 * Least and largest value that every channel can take, whatever the model is given: interval
 * arithmetic over the graph (Moore 1966, "Interval Analysis"). Integers are exact, with the
 * reference's own rounding; float sums are widened by what their rounding can add.
 * @module
 */
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import { clamp, type Output, store } from "../../runtime/reference/requantize.ts";
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";
import { channelsOf, eachLink } from "./links.ts";
import { sumRanges } from "./sum_ranges.ts";
import { tapsOf } from "./taps.ts";
import { channelWeights } from "./weights.ts";

/** Bounds of a tensor's channels in the tensor's own units, both ends included. */
export interface Ranges {
  low: Float64Array;
  high: Float64Array;
}

const f = Math.fround;

/** Ranges of all activations and constant operands, by tensor name. */
export class ChannelRanges {
  readonly #known = new Map<string, Ranges>();

  /** Goes through the graph once. */
  constructor(readonly graph: CoreGraph) {
    for (const node of graph.nodes) {
      const channels = channelsOf(graph, node.output);
      this.#known.set(node.output, this.#ofOutput(node, channels));
    }
  }

  /** Ranges of a tensor. */
  of(name: string): Ranges {
    const known = this.#known.get(name);
    if (known) return known;
    const made = ofSource(this.graph.tensors.get(name)!);
    this.#known.set(name, made);
    return made;
  }

  /** The only value that a channel ever has, or null. */
  constant(name: string, channel: number): number | null {
    const { low, high } = this.of(name);
    return low[channel] === high[channel] ? low[channel] : null;
  }

  #ofOutput(node: CoreNode, channels: number): Ranges {
    const { graph } = this;
    const output = outputOf(graph, node);
    switch (node.op) {
      case "Conv2D":
      case "DepthwiseConv2D":
      case "FullyConnected": {
        const sums = sumRanges(graph, node, this.of(node.inputs[0]));
        return sums ? requantized(graph, node, sums, output) : anything(channels);
      }
      case "Add":
      case "Mul":
      case "Maximum":
      case "Minimum":
        return this.#binary(node, channels);
      case "MaxPool2D":
      case "AveragePool2D":
        return this.#pool(node);
      case "Unary":
        return this.#unary(node, channels);
      case "Table": {
        const table = graph.tensors.get(node.inputs[1])!.data!;
        return mapRanges(this.of(node.inputs[0]), (low, high) => {
          const values = Array.from(table.subarray(low + 128, high + 129), Number);
          return [Math.min(...values), Math.max(...values)];
        });
      }
      case "Quantize":
        return monotone(
          this.of(node.inputs[0]),
          (x) => store(f(x * f(node.params.factor)), output),
        );
      case "Dequantize": {
        const { scale, zeroPoint } = graph.tensors.get(node.inputs[0])!.quantization!;
        return monotone(this.of(node.inputs[0]), (q) => f((q - zeroPoint) * f(scale)));
      }
      default:
        return this.#moved(node, channels);
    }
  }

  /** All four corners: these operators are monotone in each operand. */
  #binary(node: CoreNode, channels: number): Ranges {
    const { graph } = this;
    const output = outputOf(graph, node);
    const zeros = node.inputs.map((name) => zeroOf(graph, name));
    const compute = (a: number, b: number): number => {
      const { factorA, factorB, factor } = node.params;
      const [x, y] = [a - zeros[0], b - zeros[1]];
      if (node.op === "Add") return store(f(f(x * f(factorA)) + f(y * f(factorB))), output);
      if (node.op === "Maximum") return Math.max(a, b);
      if (node.op === "Minimum") return Math.min(a, b);
      // 0 times what is not known to be finite is not known to be 0.
      return store(output.integer ? f(x * y * f(factor)) : f(x * y), output);
    };
    const [a, b] = node.inputs.map((name) => this.of(name));
    const result = anything(channels);
    const at = ({ low }: Ranges, c: number) => low.length === 1 ? 0 : c;
    for (let c = 0; c < channels; c++) {
      const ends = [a.low, a.high].flatMap((x) =>
        [b.low, b.high].map((y) => [x[at(a, c)], y[at(b, c)]])
      );
      if (node.op === "Mul" && ends.flat().some((end) => !Number.isFinite(end))) continue;
      const values = ends.map(([x, y]) => compute(x, y));
      if (values.some(Number.isNaN)) continue;
      result.low[c] = Math.min(...values);
      result.high[c] = Math.max(...values);
    }
    return result;
  }

  #pool(node: CoreNode): Ranges {
    const { graph } = this;
    const { kernelH, kernelW, countIncludePad } = node.params;
    const output = outputOf(graph, node);
    const zero = zeroOf(graph, node.inputs[0]);
    const taps = tapsOf(graph, node, [kernelH, kernelW]);
    const cells = taps.length;
    const padded = taps.some(({ outside }) => outside);
    const input = this.of(node.inputs[0]);
    const bounded = { ...output, integer: false };
    if (node.op === "MaxPool2D") {
      // A window of padding alone gives the lower bound.
      const alone = padded && taps.every(({ outside }) => outside);
      return mapRanges(input, (low, high) => [
        store(alone ? -Infinity : low, bounded),
        store(high, bounded),
      ]);
    }
    if (!isInteger(graph, node.inputs[0])) {
      const shrinks = padded && countIncludePad;
      return mapRanges(input, (low, high) => [
        store(shrinks ? Math.min(low, 0) : low, bounded),
        store(shrinks ? Math.max(high, 0) : high, bounded),
      ]);
    }
    const factor = f(node.params.factor);
    const counts = padded ? Array.from({ length: cells + 1 }, (_, i) => i) : [cells];
    return mapRanges(input, (low, high) => {
      const values = counts.flatMap((n) =>
        [low, high].map((q) => {
          const divisor = countIncludePad ? cells : Math.max(n, 1);
          return store(f(f((q - zero) * n) * f(factor / divisor)), output);
        })
      );
      return [Math.min(...values), Math.max(...values)];
    });
  }

  #unary({ inputs: [x], params }: CoreNode, channels: number): Ranges {
    switch (UNARY_KINDS[params.kind]) {
      case "relu":
        return monotone(this.of(x), (value) => clamp(value, 0, Infinity));
      case "clip":
        return monotone(this.of(x), (value) => clamp(value, f(params.alpha), f(params.beta)));
      default:
        return anything(channels);
    }
  }

  /** Operators that move values about: a channel takes the values of those it comes from. */
  #moved(node: CoreNode, channels: number): Ranges {
    const linked: Ranges = {
      low: new Float64Array(channels).fill(Infinity),
      high: new Float64Array(channels).fill(-Infinity),
    };
    const widen = (c: number, low: number, high: number) => {
      linked.low[c] = Math.min(linked.low[c], low);
      linked.high[c] = Math.max(linked.high[c], high);
    };
    const operands = node.inputs.map((name) => this.of(name));
    eachLink(this.graph, node, (out, operand, channel) => {
      const { low, high } = operands[operand];
      widen(out, low[channel], high[channel]);
    });
    if (node.op === "Pad") {
      const surrounded = pads(this.graph, node);
      linked.low.forEach((low, c) => {
        if (surrounded || low === Infinity) widen(c, f(node.params.value), f(node.params.value));
      });
    }
    const moves = ["Concat", "Slice", "Pad", "Reshape", "Transpose"].includes(node.op);
    const known = moves && linked.low.every((low, c) => low <= linked.high[c]);
    return known ? linked : anything(channels);
  }
}

/** Whether a Pad adds anything along another axis than that of the channels. */
function pads({ tensors }: CoreGraph, { inputs: [x], output }: CoreNode): boolean {
  const [from, to] = [x, output].map((name) => tensors.get(name)!.shape!.slice(0, -1));
  return from.join() !== to.join();
}

/** Values of a constant, of an int8 input, of any other input. */
function ofSource({ data, shape, dtype }: Tensor): Ranges {
  const channels = shape!.at(-1) ?? 1;
  if (!data) {
    if (dtype !== "int8") return anything(channels);
    const filled = (value: number) => new Float64Array(channels).fill(value);
    return { low: filled(-128), high: filled(127) };
  }
  const low = new Float64Array(channels).fill(Infinity);
  const high = new Float64Array(channels).fill(-Infinity);
  for (let i = 0; i < data.length; i++) {
    const [c, value] = [i % channels, Number(data[i])];
    if (!(value >= low[c])) low[c] = value;
    if (!(value <= high[c])) high[c] = value;
  }
  return { low, high };
}

function anything(channels: number): Ranges {
  const filled = (value: number) => new Float64Array(channels).fill(value);
  return { low: filled(-Infinity), high: filled(Infinity) };
}

function mapRanges(
  { low, high }: Ranges,
  compute: (low: number, high: number) => [number, number],
): Ranges {
  const pairs = Array.from(low, (value, c) => compute(value, high[c]));
  return {
    low: Float64Array.from(pairs, ([value]) => value),
    high: Float64Array.from(pairs, ([, value]) => value),
  };
}

function monotone(ranges: Ranges, compute: (x: number) => number): Ranges {
  return mapRanges(ranges, (low, high) => [compute(low), compute(high)]);
}

/** Sums as the values that they are stored as. */
function requantized(
  graph: CoreGraph,
  node: CoreNode,
  { low, high }: Ranges,
  output: Output,
): Ranges {
  const { steps } = channelWeights(graph, node)!;
  const integer = isInteger(graph, node.inputs[0]);
  const value = (sum: number, c: number) =>
    store(integer ? f(f(sum) * f(steps[c] * f(node.params.factor))) : sum, output);
  return { low: low.map(value), high: high.map(value) };
}

function isInteger({ tensors }: CoreGraph, name: string): boolean {
  return tensors.get(name)!.dtype === "int8";
}

function zeroOf({ tensors }: CoreGraph, name: string): number {
  return tensors.get(name)!.quantization?.zeroPoint ?? 0;
}

function outputOf(graph: CoreGraph, { output, params }: CoreNode): Output {
  const { min = -Infinity, max = Infinity } = params;
  return {
    integer: isInteger(graph, output),
    zeroPoint: zeroOf(graph, output),
    min: f(min),
    max: f(max),
  };
}
