/** Operators with weights as C. */
import { decodeTensor } from "../../runtime/format/decode.ts";
import { multipliers } from "../../runtime/reference/requantize.ts";
import { fixedMultipliers } from "../../converters/targets/mcu/weight_layouts/fixed_multipliers.ts";
import { foldedBias } from "../../converters/targets/mcu/weight_layouts/folded_bias.ts";
import { rowsOfWords } from "../../converters/targets/mcu/weight_layouts/rows_of_words.ts";
import {
  type NarrowWeights,
  narrowWeights,
} from "../../converters/targets/mcu/weight_layouts/narrow_weights.ts";
import {
  depthwiseBytes,
  patchBytes,
} from "../../converters/targets/mcu/weight_layouts/scratch_bytes.ts";
import { type Call, cArray, cFloat, type Parts } from "./c_text.ts";
import { layerOf, windowOf } from "./c_windows.ts";

const guarded = (macro: string, text: string) => `#if defined(${macro})\n${text}#endif\n`;

/** Conv2D, DepthwiseConv2D or FullyConnected of int8. */
export function integerLayer(parts: Parts): Call {
  const { model, operator, prefix, x, output, from: [from], to } = parts;
  const params: Record<string, number> = operator.params;
  const w = model.tensors[operator.inputs[1]];
  const weights = Int8Array.from(decodeTensor(w));
  const bias = operator.inputs.length > 2
    ? Int32Array.from(decodeTensor(model.tensors[operator.inputs[2]]))
    : null;
  const { op } = operator;
  const depthwise = op === "DepthwiseConv2D";
  const channels = output.shape[output.shape.length - 1];
  const depth = weights.length / channels;
  const dense = op === "FullyConnected" && x.size === depth;
  const real = output.dtype === "float32";
  const narrow = dense || op !== "FullyConnected"
    ? narrowWeights(weights, channels, depthwise)
    : null;
  const base = { Conv2D: "kedge_conv2d", DepthwiseConv2D: "kedge_depthwise" }[op as "Conv2D"] ??
    (dense ? "kedge_dense" : "kedge_fully_connected");
  const kernel = `${base}${narrow ? "_packed" : ""}_s8${real ? "_f32" : ""}`;
  const laid = depthwise ? weights : rowsOfWords(weights, channels);
  const folded = foldedBias(bias, weights, channels, x.zeroPoint, depthwise);
  const scales = multipliers(w, channels, params.factor);
  const fixed = fixedMultipliers(scales, output.zeroPoint, weights, folded, depthwise);
  const constants = (narrow ? packedOf(prefix, narrow) : cArray(`${prefix}_w`, "int8_t", laid)) +
    cArray(`${prefix}_b`, "int32_t", folded) + cArray(`${prefix}_m`, "float", scales) +
    (real ? "" : guarded("KEDGE_DSP", cArray(`${prefix}_f`, "int32_t", fixed))) +
    layerOf(parts, real ? "0" : `KEDGE_FIXED(${prefix}_f)`);
  const operands = `${from}, ${narrow ? "&" : ""}${prefix}_w, &${prefix}_q, ${to}`;
  if (dense) {
    return { kernels: [kernel], constants, body: `${kernel}(${operands}, ${depth}, ${channels});` };
  }
  const scratchName = `${prefix.replace(/_l\d+$/, "")}_scratch`;
  if (op === "FullyConnected") {
    return {
      kernels: [kernel],
      constants,
      scratch: patchBytes(depth),
      body: `${kernel}(${operands}, ${scratchName}, ${x.size / depth}, ${depth}, ${channels});`,
    };
  }
  const [kernelH, kernelW] = depthwise ? w.shape : w.shape.slice(1);
  const window = { kernelH, kernelW, strideW: params.strideW, outW: output.shape[2], channels };
  const block = params.groups > 1 ? channels : BLOCK;
  const rows = !narrow ? 0 : depthwise ? weights.length + 16 : 16 + block * (depth + 3) + 12;
  return {
    kernels: [kernel],
    constants: constants + windowOf(parts, kernelH, kernelW, params),
    scratch: rows + (depthwise ? depthwiseBytes(window) : patchBytes(depth)),
    body: `${kernel}(${operands}, ${scratchName}, &${prefix}_d${
      narrow && !depthwise ? `, ${block}` : ""
    });`,
  };
}

/** Channels whose packed weights are unpacked at a time. */
const BLOCK = 6;

function packedOf(prefix: string, narrow: NarrowWeights): string {
  const { bits, values, perChannel, indices, rowBytes } = narrow;
  return cArray(`${prefix}_i`, "uint8_t", indices) + cArray(`${prefix}_v`, "int8_t", values) +
    `static const kedge_packed ${prefix}_w = {${prefix}_i, ${prefix}_v, ${rowBytes}, ${bits}, ${
      perChannel ? 1 << bits : 0
    }};\n`;
}

/** The same of float32. */
export function floatLayer(parts: Parts): Call {
  const { model, operator, prefix, x, output, from: [from, weights, bias], to } = parts;
  const params: Record<string, number> = operator.params;
  const kernel = {
    Conv2D: "kedge_conv2d_f32",
    DepthwiseConv2D: "kedge_depthwise_f32",
    FullyConnected: "kedge_fully_connected_f32",
  }[operator.op as "Conv2D"];
  const layer = `static const kedge_float_layer ${prefix}_q = {${bias ?? 0}, ${
    cFloat(params.min)
  }, ${cFloat(params.max)}};\n`;
  const operands = `${from}, ${weights}, &${prefix}_q, ${to}`;
  const w = model.tensors[operator.inputs[1]].shape;
  if (operator.op === "FullyConnected") {
    return {
      kernels: [kernel],
      constants: layer,
      body: `${kernel}(${operands}, ${x.size / w[1]}, ${w[1]}, ${output.shape.at(-1)});`,
    };
  }
  const [kernelH, kernelW] = operator.op === "Conv2D" ? w.slice(1) : w;
  return {
    kernels: [kernel],
    constants: layer + windowOf(parts, kernelH, kernelW, params),
    body: `${kernel}(${operands}, &${prefix}_d);`,
  };
}
