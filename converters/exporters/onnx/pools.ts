/**
 * MaxPool2D and AveragePool2D.
 * @module
 */
import type { CoreNode } from "../../graph/graph.ts";
import { boundsOf, type Exporter } from "./exporter.ts";
import { CHANNELS_FIRST } from "./layout.ts";
import { ratioOf } from "./steps.ts";
import { windowAttributes } from "./window.ts";

/** MaxPool2D. */
export function writeMaxPool(exporter: Exporter, node: CoreNode): void {
  exporter.write(node, {
    op: "MaxPool",
    inputs: [exporter.real(node.inputs[0], CHANNELS_FIRST)],
    attributes: poolAttributes(exporter, node),
    order: CHANNELS_FIRST,
    bounds: boundsOf(node),
  });
}

/** AveragePool2D; over the whole picture, GlobalAveragePool. */
export function writeAveragePool(exporter: Exporter, node: CoreNode): void {
  const [x] = node.inputs;
  const input = exporter.tensor(x).quantization;
  const scale = exporter.tensor(node.output).quantization?.scale ?? 1;
  const ratio = exporter.isInt8(x) && input ? ratioOf(node.params.factor, input.scale / scale) : 1;
  const global = isGlobal(exporter, node);
  const count_include_pad = node.params.countIncludePad;
  exporter.write(node, {
    op: global ? "GlobalAveragePool" : "AveragePool",
    inputs: [exporter.real(x, CHANNELS_FIRST, ratio)],
    attributes: global ? {} : { ...poolAttributes(exporter, node), count_include_pad },
    order: CHANNELS_FIRST,
    bounds: boundsOf(node),
  });
}

function isGlobal(exporter: Exporter, { inputs: [x], params }: CoreNode): boolean {
  const [, height, width] = exporter.shape(x);
  const { kernelH, kernelW, padTop, padLeft, padBottom, padRight } = params;
  return kernelH === height && kernelW === width && !(padTop || padLeft || padBottom || padRight);
}

function poolAttributes(exporter: Exporter, node: CoreNode) {
  const { inputs: [x], output, params } = node;
  const { kernelH, kernelW, strideH, strideW, padTop, padLeft, padBottom, padRight } = params;
  const [, height, width] = exporter.shape(x);
  const [, outH, outW] = exporter.shape(output);
  const floorH = Math.floor((height + padTop + padBottom - kernelH) / strideH) + 1;
  const floorW = Math.floor((width + padLeft + padRight - kernelW) / strideW) + 1;
  // The last windows may reach beyond the padding.
  const ceil_mode = outH > floorH || outW > floorW ? 1 : 0;
  return { ...windowAttributes(node, [kernelH, kernelW]), ceil_mode };
}
