/**
 * Operators whose outputs follow from sizes and constants alone: windows of signals, mel filters,
 * EyeLike, NonZero, OptionalHasElement.
 * @module
 */
import { elementType } from "./cast.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers, stridesOf } from "./values.ts";

/** Σ factors[k] · cos(2πkn / N), for N the size, or one less where the window is symmetric. */
function signalWindow(name: string, factors: readonly number[]): Operator {
  const sizeIn = (context: NodeContext) => {
    const size = context.scalar(0, "size") ?? 0;
    if (Number.isInteger(size) && size >= 0 && size < 2 ** 24) return size;
    return context.fail("its size is not possible", `${size}`, "0…2^24");
  };
  return {
    names: [name],
    infer: (context) => [{
      dtype: elementType(context, "output_datatype", 1),
      shape: [sizeIn(context)],
    }],
    evaluate(context, [{ dtype, shape: [size] }]) {
      const period = context.number("periodic", 1) === 0 ? size - 1 : size;
      return [fromNumbers(
        dtype,
        Array.from(
          { length: size },
          (_, n) =>
            factors.reduce((sum, f, k) => sum + f * Math.cos(2 * Math.PI * k * n / period), 0),
        ),
      )];
    },
  };
}

const MOST_MEL_ELEMENTS = 2 ** 24;

/** Sizes and edges of mel filters. */
function melOf(context: NodeContext) {
  const names = ["number of bins", "DFT length", "sample rate", "lower edge", "upper edge"];
  const [count, length, rate, low, high] = names.map((what, i) => context.scalar(i, what) ?? NaN);
  const bins = Math.floor(length / 2) + 1;
  if (!(count >= 1 && bins >= 1 && rate > 0 && low >= 0 && count * bins < MOST_MEL_ELEMENTS)) {
    context.fail("its sizes are not possible", `${count} bins of ${length}`, "positive sizes");
  }
  return { count, length, rate, low, high, bins };
}

/** Triangular filters that are even on the mel scale, one a column. */
const melWeightMatrix: Operator = {
  names: ["MelWeightMatrix"],
  infer(context) {
    const { bins, count } = melOf(context);
    return [{ dtype: elementType(context, "output_datatype", 1), shape: [bins, count] }];
  },
  evaluate(context, [{ dtype }]) {
    const { count, length, rate, low, high, bins } = melOf(context);
    const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
    const step = (mel(high) - mel(low)) / (count + 2);
    const edges = Array.from({ length: count + 2 }, (_, i) => {
      const hertz = 700 * (10 ** ((mel(low) + i * step) / 2595) - 1);
      return Math.floor((length + 1) * hertz / rate);
    });
    const weight = (bin: number, filter: number) => {
      const [from, top, to] = edges.slice(filter, filter + 3);
      if (bin === top && (top === from || to === top)) return 1;
      if (bin >= from && bin <= top && top > from) return (bin - from) / (top - from);
      return bin > top && bin < to ? (to - bin) / (to - top) : 0;
    };
    return [fromNumbers(
      dtype,
      Array.from({ length: bins * count }, (_, i) => weight(Math.floor(i / count), i % count)),
    )];
  },
};

/** Ones on a diagonal. */
const eyeLike: Operator = {
  names: ["EyeLike"],
  shapesOnly: true,
  infer(context) {
    const shape = [...context.shapeOfRank(0, 2)];
    const given = context.node.attributes.dtype !== undefined;
    return [{ dtype: given ? elementType(context, "dtype", 1) : context.input(0).dtype, shape }];
  },
  evaluate(context, [{ dtype, shape: [rows, columns] }]) {
    const offset = context.number("k", 0);
    return [fromNumbers(
      dtype,
      Array.from(
        { length: rows * columns },
        (_, i) => Number(i % columns - Math.floor(i / columns) === offset),
      ),
    )];
  },
};

/** Indices of the elements that are not 0, one a column. */
const nonZero: Operator = {
  names: ["NonZero"],
  infer(context) {
    const shape = context.shape(0);
    const values = context.constant(0, "input") ?? [];
    const found = values.flatMap((value, i) => value ? [i] : []);
    const strides = stridesOf(shape);
    const rows = shape.map((dim, axis) => found.map((at) => Math.floor(at / strides[axis]) % dim));
    const data = fromNumbers("int64", rows.flat());
    return [{ dtype: "int64", shape: [shape.length, found.length], data }];
  },
};

/** Whether an optional input is there. */
const optionalHasElement: Operator = {
  names: ["OptionalHasElement"],
  shapesOnly: true,
  infer: () => [{ dtype: "bool", shape: [] }],
  evaluate: (context) => [fromNumbers("bool", [Number(context.has(0))])],
};

/** The operators. */
export const generators: readonly Operator[] = [
  signalWindow("HannWindow", [0.5, -0.5]),
  signalWindow("HammingWindow", [25 / 46, -21 / 46]),
  signalWindow("BlackmanWindow", [0.42, -0.5, 0.08]),
  melWeightMatrix,
  eyeLike,
  nonZero,
  optionalHasElement,
];
