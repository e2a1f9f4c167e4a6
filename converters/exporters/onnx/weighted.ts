/**
 * Conv2D, DepthwiseConv2D and FullyConnected as Conv and Gemm.
 * @module
 */
import type { CoreNode } from "../../graph/graph.ts";
import { type ConstantForm, dequantize } from "./constants.ts";
import { boundsOf, type Exporter } from "./exporter.ts";
import { CHANNELS_FIRST, ownOrder } from "./layout.ts";
import { ratioOf, realSteps } from "./steps.ts";
import { windowAttributes } from "./window.ts";

/** Conv2D. */
export function writeConv2d(exporter: Exporter, node: CoreNode): void {
  const [, kernelH, kernelW] = exporter.shape(node.inputs[1]);
  const weights = weightsAndBias(exporter, node, { order: CHANNELS_FIRST });
  writeConv(exporter, node, weights, [kernelH, kernelW], node.params.groups);
}

/** DepthwiseConv2D: one group a channel. */
export function writeDepthwise(exporter: Exporter, node: CoreNode): void {
  const [kernelH, kernelW, channels] = exporter.shape(node.inputs[1]);
  const form = { shape: [kernelH, kernelW, channels, 1], order: [2, 3, 0, 1] };
  const weights = weightsAndBias(exporter, node, form);
  writeConv(exporter, node, weights, [kernelH, kernelW], channels);
}

function writeConv(
  exporter: Exporter,
  node: CoreNode,
  weights: readonly string[],
  kernel: readonly [number, number],
  group: number,
): void {
  const { dilationH, dilationW } = node.params;
  exporter.write(node, {
    op: "Conv",
    inputs: [exporter.real(node.inputs[0], CHANNELS_FIRST), ...weights],
    attributes: {
      ...windowAttributes(node, kernel),
      dilations: [dilationH, dilationW],
      group,
    },
    order: CHANNELS_FIRST,
    bounds: boundsOf(node),
  });
}

/** FullyConnected over rows [N, K] (matrix_rows.ts brings other shapes to this): Gemm. */
export function writeFullyConnected(exporter: Exporter, node: CoreNode): void {
  const [x, w] = node.inputs;
  const [outputs, depth] = exporter.shape(w);
  const columns = exporter.columns.get(x);
  const weights = weightsAndBias(exporter, node, {
    ...columns && {
      shape: [outputs, ...columns.shape],
      order: [0, ...columns.order.map((axis) => axis + 1)],
    },
    dims: [outputs, depth],
  });
  exporter.write(node, {
    op: "Gemm",
    inputs: [exporter.real(x, ownOrder(2)), ...weights],
    attributes: { transB: 1 },
    order: ownOrder(2),
    bounds: boundsOf(node),
  });
}

/**
 * Names of float32 values of weights and bias. Where they are integers, the weights' steps are
 * such that ONNX requantizes by the node's own factor.
 */
function weightsAndBias(
  exporter: Exporter,
  { inputs: [x, w, bias], output, params }: CoreNode,
  form: ConstantForm,
): string[] {
  const { quantization } = exporter.tensor(w);
  const input = exporter.tensor(x).quantization;
  if (!quantization || !input || !exporter.isInt8(x)) {
    const weights = exporter.constant(w, form);
    return bias === undefined ? [weights] : [weights, exporter.constant(bias)];
  }
  const scale = exporter.tensor(output).quantization?.scale ?? 1;
  const ratio = ratioOf(params.factor, input.scale / scale);
  const weights = exporter.constant(w, { ...form, ratio });
  if (bias === undefined) return [weights];
  const integers = exporter.tensor(bias).data as Int32Array;
  const steps = realSteps(quantization, ratio).map((step) => step * input.scale);
  const channels = Float32Array.from(integers, (_, c) => steps[c % steps.length]);
  const name = exporter.writer.constant(bias, "int32", [integers.length], integers);
  return [weights, dequantize(exporter.writer, name, `${bias}/real`, channels, null, 0)];
}
