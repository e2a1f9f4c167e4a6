/**
 * What shape and element type each operator's output must have, from its inputs and parameters.
 * The reader holds every file to it, so that kernels need no checks of their own.
 * @module
 */
import type { DType, ModelTensor } from "./model.ts";
import type { OperatorName } from "./operators.ts";

/** An operator as the rules see it. */
export interface RuleInput {
  readonly inputs: readonly ModelTensor[];
  readonly output: ModelTensor;
  readonly params: Readonly<Record<string, number>>;
  readonly list: readonly number[];
}

/** Says what is wrong with an operator, or null where all is right. */
type Rule = (operator: RuleInput) => string | null;

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

const wrongShape = (output: ModelTensor, wanted: readonly number[]) =>
  same(output.shape, wanted) ? null : `output shape ${output.shape}, wanted ${wanted}`;

const rank = (tensor: ModelTensor, wanted: number) =>
  tensor.shape.length === wanted ? null : `rank ${tensor.shape.length}, wanted ${wanted}`;

const types = (tensors: readonly ModelTensor[], ...wanted: DType[]) =>
  tensors.every(({ dtype }, i) => dtype === (wanted[i] ?? wanted[wanted.length - 1]))
    ? null
    : `element types ${tensors.map(({ dtype }) => dtype)}, wanted ${wanted}`;

const floats: Rule = ({ inputs, output }) => types([...inputs, output], "float32");

/** All float32, or all int8. */
const uniform: Rule = ({ inputs, output }) =>
  inputs[0].dtype === "int32" ? "int32 activations" : types([...inputs, output], inputs[0].dtype);

/** Activations that keep scale and zero point. */
const unscaled: Rule = (operator) =>
  uniform(operator) ??
    (operator.inputs.every((input) =>
        input.scale === operator.output.scale &&
        input.zeroPoint === operator.output.zeroPoint
      )
      ? null
      : "scale or zero point differs between input and output");

/** Output length of a window along one axis, or −1 where the parameters make no sense. */
function windows(
  size: number,
  kernel: number,
  stride: number,
  before: number,
  after: number,
  dilation = 1,
): number {
  const extent = (kernel - 1) * dilation + 1;
  const ok = kernel >= 1 && stride >= 1 && dilation >= 1 && before >= 0 &&
    after >= 0 &&
    Math.max(kernel, stride, before, after, dilation, extent) < 65536;
  return ok ? Math.floor((size + before + after - extent) / stride) + 1 : -1;
}

/** NHWC output shape of a sliding window with `channels` output channels. */
function slid(
  { inputs: [x], params: p }: RuleInput,
  kernelH: number,
  kernelW: number,
  channels: number,
): number[] {
  const [batch, height, width] = x.shape;
  const {
    strideH,
    strideW,
    padTop,
    padBottom,
    padLeft,
    padRight,
    dilationH,
    dilationW,
  } = p;
  return [
    batch,
    windows(height, kernelH, strideH, padTop, padBottom, dilationH),
    windows(width, kernelW, strideW, padLeft, padRight, dilationW),
    channels,
  ];
}

/** Element types, scales and bounds of an operator with weights; `depth` products per sum. */
function weighted(
  { inputs: [x, w, bias], output, params }: RuleInput,
  channels: number,
  depth: number,
  axis: number,
): string | null {
  const integer = x.dtype === "int8";
  if (!w.data || (bias && !bias.data)) {
    return "weights or bias are no constants";
  }
  if (bias && (bias.shape.length !== 1 || bias.size !== channels)) {
    return `bias of ${bias.shape}`;
  }
  const wrong = types([x, w], integer ? "int8" : "float32") ??
    (bias ? types([bias], integer ? "int32" : "float32") : null);
  if (wrong) return wrong;
  if (output.dtype === "int32" || (!integer && output.dtype !== "float32")) {
    return "output type";
  }
  if (!integer) return null;
  if (w.scales && (w.axis !== axis || w.scales.length !== channels)) {
    return "channel scales";
  }
  if (!(params.factor > 0 && params.factor < Infinity)) {
    return `factor ${params.factor}`;
  }
  // Σ |w|·|x − zx| + |bias| < 2³¹, so that no accumulator overflows.
  return depth * 127 * 255 + largest(bias) < 2 ** 31 ? null : "the accumulator could overflow";
}

/** Largest magnitude in an int32 bias. */
function largest(bias: ModelTensor | undefined): number {
  if (!bias?.data) return 0;
  const view = new DataView(
    bias.data.buffer,
    bias.data.byteOffset,
    bias.data.length,
  );
  const width = bias.encoding === "int16" ? 2 : 4;
  let top = 0;
  for (let at = 0; at < bias.data.length; at += width) {
    const value = width === 2 ? view.getInt16(at, true) : view.getInt32(at, true);
    top = Math.max(top, Math.abs(value));
  }
  return top;
}

const pool: Rule = (operator) => {
  const { inputs: [x], output, params: p } = operator;
  return rank(x, 4) ?? wrongPool(p) ?? wrongShape(
    output,
    slid(
      { ...operator, params: { ...p, dilationH: 1, dilationW: 1 } },
      p.kernelH,
      p.kernelW,
      x.shape[3],
    ),
  );
};

/** Every pooling window has to hold at least one cell. */
const wrongPool = (p: Readonly<Record<string, number>>) =>
  p.padTop < p.kernelH && p.padBottom < p.kernelH && p.padLeft < p.kernelW &&
    p.padRight < p.kernelW
    ? null
    : "padding as large as the kernel";

const broadcast: Rule = ({ inputs: [a, b], output }) => {
  const wanted: number[] = [];
  const length = Math.max(a.shape.length, b.shape.length);
  for (let i = 0; i < length; i++) {
    const left = a.shape[a.shape.length - length + i] ?? 1;
    const right = b.shape[b.shape.length - length + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      return `shapes ${a.shape} and ${b.shape}`;
    }
    wanted.push(left === 1 ? right : left);
  }
  return wrongShape(output, wanted);
};

const sameShape: Rule = ({ inputs: [x], output }) => wrongShape(output, x.shape);

/** The first fault that any of the rules finds. */
const all = (...rules: Rule[]): Rule => (operator) => {
  for (const rule of rules) {
    const wrong = rule(operator);
    if (wrong) return wrong;
  }
  return null;
};

/** The rule of every operator. */
export const SHAPE_RULES: Record<OperatorName, Rule> = {
  Conv2D(operator) {
    const { inputs: [x, w], output, params: { groups } } = operator;
    const wrong = rank(x, 4) ?? rank(w, 4);
    if (wrong) return wrong;
    const [channels, kernelH, kernelW, depth] = w.shape;
    if (groups < 1 || channels % groups || depth * groups !== x.shape[3]) {
      return `${groups} groups of ${depth} for ${x.shape[3]} channels`;
    }
    return wrongShape(output, slid(operator, kernelH, kernelW, channels)) ??
      weighted(operator, channels, kernelH * kernelW * depth, 0);
  },
  DepthwiseConv2D(operator) {
    const { inputs: [x, w], output } = operator;
    const wrong = rank(x, 4) ?? rank(w, 3);
    if (wrong) return wrong;
    const [kernelH, kernelW, channels] = w.shape;
    if (channels !== x.shape[3]) {
      return `${channels} filters for ${x.shape[3]} channels`;
    }
    return wrongShape(output, slid(operator, kernelH, kernelW, channels)) ??
      weighted(operator, channels, kernelH * kernelW, 2);
  },
  FullyConnected(operator) {
    const { inputs: [x, w], output } = operator;
    const wrong = rank(w, 2);
    if (wrong) return wrong;
    if (x.shape[x.shape.length - 1] !== w.shape[1]) {
      return `depth ${w.shape[1]} for ${x.shape}`;
    }
    return wrongShape(output, [...x.shape.slice(0, -1), w.shape[0]]) ??
      weighted(operator, w.shape[0], w.shape[1], 0);
  },
  MatMul: all(floats, ({ inputs: [a, b], output }) => {
    if (a.shape.length < 2 || b.shape.length < 2) return "rank below 2";
    const [rows, depth] = a.shape.slice(-2);
    const [depthB, columns] = b.shape.slice(-2);
    if (depth !== depthB) return `shapes ${a.shape} and ${b.shape}`;
    const outer = (tensor: ModelTensor) => ({
      ...tensor,
      shape: tensor.shape.slice(0, -2),
    });
    if (!same(output.shape.slice(-2), [rows, columns])) {
      return `output shape ${output.shape}`;
    }
    return broadcast({
      inputs: [outer(a), outer(b)],
      output: outer(output),
      params: {},
      list: [],
    });
  }),
  Add: all(uniform, broadcast),
  Mul: all(uniform, broadcast),
  Div: all(floats, broadcast),
  Maximum: all(floats, broadcast),
  Minimum: all(floats, broadcast),
  Pow: all(floats, broadcast),
  MaxPool2D: all(unscaled, pool),
  AveragePool2D: all(
    pool,
    ({ inputs: [x], output, params: { kernelH, kernelW } }) => {
      if (
        x.dtype === "int32" || output.dtype === "int32"
      ) return "int32 activations";
      if (
        x.dtype === "float32" && output.dtype !== "float32"
      ) return "output type";
      return kernelH * kernelW < 65536 ? null : "a window of 65536 cells or more";
    },
  ),
  Reduce: all(floats, ({ inputs: [x], output, list }) => {
    const axes = new Set(list);
    if (
      axes.size !== list.length ||
      list.some((axis) => axis < 0 || axis >= x.shape.length)
    ) {
      return `axes ${list}`;
    }
    const kept = x.shape.map((dim, axis) => axes.has(axis) ? 1 : dim);
    const dropped = x.shape.filter((_, axis) => !axes.has(axis));
    return wrongShape(output, kept) && wrongShape(output, dropped);
  }),
  Softmax: all(
    floats,
    sameShape,
    ({ inputs: [x] }) => x.shape.length ? null : "a scalar",
  ),
  Concat: all(unscaled, ({ inputs, output, params: { axis } }) => {
    const [first] = inputs;
    if (axis < 0 || axis >= first.shape.length) return `axis ${axis}`;
    const total = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
    const wanted = first.shape.with(axis, total);
    const fits = inputs.every(({ shape }) =>
      shape.length === wanted.length && same(shape.with(axis, total), wanted)
    );
    return fits ? wrongShape(output, wanted) : "inputs of different shapes";
  }),
  Slice: all(unscaled, ({ inputs: [x], output, list }) => {
    const length = x.shape.length;
    if (list.length !== 2 * length || output.shape.length !== length) {
      return `list of ${list.length}`;
    }
    const inside = x.shape.every((dim, axis) => {
      const begin = list[axis];
      const last = begin + (output.shape[axis] - 1) * list[length + axis];
      return begin >= 0 && begin < dim && last >= 0 && last < dim;
    });
    return inside ? null : "a slice outside of its input";
  }),
  Pad: all(unscaled, ({ inputs: [x], output, list, params: { value } }) => {
    if (list.length !== x.shape.length || output.shape.length !== list.length) {
      return "list length";
    }
    if (
      x.dtype === "int8" &&
      !(Number.isInteger(value) && value >= -128 && value <= 127)
    ) {
      return `value ${value}`;
    }
    const inside = x.shape.every((dim, axis) =>
      list[axis] >= 0 && list[axis] + dim <= output.shape[axis]
    );
    return inside ? null : "an input outside of the padded output";
  }),
  Reshape: all(
    unscaled,
    ({ inputs: [x], output }) => x.size === output.size ? null : "size",
  ),
  Transpose: all(unscaled, ({ inputs: [x], output, list }) => {
    const wanted = x.shape.map((_, axis) => axis);
    if (!same(list.toSorted((a, b) => a - b), wanted)) return `perm ${list}`;
    return wrongShape(output, list.map((axis) => x.shape[axis]));
  }),
  Unary: all(floats, sameShape),
  Table: all(
    sameShape,
    ({ inputs: [x, table], output }) =>
      types([x, table, output], "int8") ??
        (table.data && table.size === 256 ? null : "a table of 256 constants"),
  ),
  Quantize: all(
    sameShape,
    ({ inputs: [x], output, params: { factor } }) =>
      types([x, output], "float32", "int8") ??
        (factor > 0 && factor < Infinity ? null : `factor ${factor}`),
  ),
  Dequantize: all(
    sameShape,
    ({ inputs: [x], output }) => types([x, output], "int8", "float32"),
  ),
};
