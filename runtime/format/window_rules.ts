/**
 * Rules of the operators with weights or sliding windows.
 * @module
 */
import { decodeTensor } from "./decode.ts";
import type { ModelTensor } from "./model.ts";
import {
  activation,
  all,
  rank,
  type Rule,
  type RuleInput,
  types,
  wrongFactor,
  wrongShape,
} from "./rules.ts";

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
  return [
    batch,
    windows(height, kernelH, p.strideH, p.padTop, p.padBottom, p.dilationH),
    windows(width, kernelW, p.strideW, p.padLeft, p.padRight, p.dilationW),
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
  if (w.zeroPoint) return `zero point ${w.zeroPoint} of the weights`;
  if (w.scales && (w.axis !== axis || w.scales.length !== channels)) {
    return "channel scales";
  }
  // Σ |w|·|x − zx| + |bias| < 2³¹, so that no accumulator overflows.
  const sum = depth * 128 * 255 + largest(bias);
  return wrongFactor(params) ?? (sum < 2 ** 31 ? null : "the accumulator could overflow");
}

/** Largest magnitude in an int32 bias. */
function largest(bias: ModelTensor | undefined): number {
  if (!bias) return 0;
  let top = 0;
  for (const value of decodeTensor(bias)) top = Math.max(top, Math.abs(value));
  return top;
}

/** Conv2D. */
export const conv2d: Rule = /* @__PURE__ */ all(activation, (operator) => {
  const { inputs: [x, w], output, params: { groups } } = operator;
  const wrong = rank(x, 4) ?? rank(w, 4);
  if (wrong) return wrong;
  const [channels, kernelH, kernelW, depth] = w.shape;
  if (groups < 1 || channels % groups || depth * groups !== x.shape[3]) {
    return `${groups} groups of ${depth} for ${x.shape[3]} channels`;
  }
  return wrongShape(output, slid(operator, kernelH, kernelW, channels)) ??
    weighted(operator, channels, kernelH * kernelW * depth, 0);
});

/** DepthwiseConv2D. */
export const depthwiseConv2d: Rule = /* @__PURE__ */ all(activation, (operator) => {
  const { inputs: [x, w], output } = operator;
  const wrong = rank(x, 4) ?? rank(w, 3);
  if (wrong) return wrong;
  const [kernelH, kernelW, channels] = w.shape;
  if (channels !== x.shape[3]) {
    return `${channels} filters for ${x.shape[3]} channels`;
  }
  return wrongShape(output, slid(operator, kernelH, kernelW, channels)) ??
    weighted(operator, channels, kernelH * kernelW, 2);
});

/** FullyConnected. */
export const fullyConnected: Rule = /* @__PURE__ */ all(activation, (operator) => {
  const { inputs: [x, w], output } = operator;
  const wrong = rank(w, 2);
  if (wrong) return wrong;
  if (x.shape[x.shape.length - 1] !== w.shape[1]) {
    return `depth ${w.shape[1]} for ${x.shape}`;
  }
  return wrongShape(output, [...x.shape.slice(0, -1), w.shape[0]]) ??
    weighted(operator, w.shape[0], w.shape[1], 0);
});

/** What both kinds of pooling have in common. */
export const pool: Rule = /* @__PURE__ */ all(activation, (operator) => {
  const { inputs: [x], output, params: p } = operator;
  const undilated = { ...operator, params: { ...p, dilationH: 1, dilationW: 1 } };
  return rank(x, 4) ?? wrongPadding(p) ??
    wrongShape(output, slid(undilated, p.kernelH, p.kernelW, x.shape[3]));
});

/** Every pooling window has to hold at least one cell. */
const wrongPadding = (p: RuleInput["params"]) =>
  p.padTop < p.kernelH && p.padBottom < p.kernelH && p.padLeft < p.kernelW &&
    p.padRight < p.kernelW
    ? null
    : "padding as large as the kernel";

/** AveragePool2D. */
export const averagePool2d: Rule = /* @__PURE__ */ all(pool, ({ inputs: [x], output, params }) => {
  if (x.dtype === "int32" || output.dtype === "int32") return "int32 activations";
  if (x.dtype === "float32" && output.dtype !== "float32") return "output type";
  if (params.kernelH * params.kernelW >= 65536) return "a window of 65536 cells or more";
  return x.dtype === "int8" ? wrongFactor(params) : null;
});
