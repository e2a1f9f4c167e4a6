/**
 * A packed model as plain C: one function a layer, tensors at their places in the arena. Written
 * apart from the emitter, so that kernels are tested by themselves.
 */
import type { Model, ModelTensor } from "../../runtime/format/model.ts";
import { decodeTensor } from "../../runtime/format/decode.ts";
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import { stridesOf } from "../../runtime/reference/context.ts";
import { multipliers } from "../../runtime/reference/requantize.ts";
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
import { binaryOf, concatOf, padOf, reduceOf, walk } from "./c_operators.ts";
import { type Call, cArray, cFloat, type Parts } from "./c_text.ts";

/** C text of a model's layers. */
export interface CLayers {
  /** Kernels that the layers call. */
  readonly kernels: readonly string[];
  /** Arena, constants and functions. */
  readonly text: string;
  /** Name of each layer's function, in running order. */
  readonly functions: readonly string[];
  /** C expression of a tensor's address. */
  readonly address: (tensor: number) => string;
}

/** Turns a model into C; `prefix` keeps several models in one file apart. */
export function cLayers(model: Model, prefix: string): CLayers {
  const kernels = new Set<string>();
  const constants: string[] = [];
  const functions: string[] = [];
  const bodies: string[] = [];
  let scratch = 0;
  const address = (i: number) => {
    const tensor = model.tensors[i];
    if (tensor.data) return `${prefix}_t${i}`;
    return `(${cType(tensor)} *)(void *)(${prefix}_arena + ${tensor.offset})`;
  };
  // Weights of integer layers are laid out by their own calls.
  const constant = new Set(
    model.operators.flatMap(({ op, inputs }) => {
      const own = ["Conv2D", "DepthwiseConv2D", "FullyConnected"].includes(op) &&
        model.tensors[inputs[0]].dtype === "int8";
      return own ? [] : inputs.filter((i) => model.tensors[i].data);
    }),
  );
  for (const i of constant) {
    constants.push(cArray(`${prefix}_t${i}`, cType(model.tensors[i]), decoded(model, i)));
  }
  model.operators.forEach((operator, at) => {
    const call = callOf({
      model,
      operator,
      prefix: `${prefix}_l${at}`,
      x: model.tensors[operator.inputs[0]],
      output: model.tensors[operator.output],
      from: operator.inputs.map(address),
      to: address(operator.output),
    });
    call.kernels.forEach((name) => kernels.add(name));
    scratch = Math.max(scratch, call.scratch ?? 0);
    functions.push(`${prefix}_l${at}`);
    bodies.push(
      `${call.constants ?? ""}static void ${prefix}_l${at}(void) {\n  ${call.body}\n}\n`,
    );
  });
  // Arrays of uint64_t are aligned for every kernel.
  const text = `static uint64_t ${prefix}_memory[${Math.ceil(model.arenaBytes / 8) + 1}];
${
    scratch
      ? `static uint64_t ${prefix}_scratch[${Math.ceil(scratch / 8)}];\n`
      : ""
  }#define ${prefix}_arena ((uint8_t *)${prefix}_memory)
${constants.join("")}${bodies.join("")}`;
  return { kernels: [...kernels], text, functions, address };
}

const cType = ({ dtype }: ModelTensor) =>
  ({ float32: "float", int8: "int8_t", int32: "int32_t" })[dtype];

const decoded = (model: Model, i: number) => decodeTensor(model.tensors[i]);

const INFINITE = { min: -Infinity, max: Infinity };

/** Writes one operator's call. */
function callOf(parts: Parts): Call {
  const { operator, x, output, from: [from, second], to, prefix } = parts;
  const params: Record<string, number> = { ...INFINITE, ...operator.params };
  const real = x.dtype === "float32";
  const type = real ? "f32" : "s8";
  const { op } = operator;
  switch (op) {
    case "Conv2D":
    case "DepthwiseConv2D":
    case "FullyConnected":
      return real ? floatLayer(parts) : integerLayer(parts);
    case "MaxPool2D":
    case "AveragePool2D":
      return pool(parts);
    case "Add":
    case "Mul":
    case "Div":
    case "Maximum":
    case "Minimum":
    case "Pow":
      return binaryOf(parts);
    case "Transpose": {
      const strides = stridesOf(x.shape);
      const steps = operator.list.map((axis) => strides[axis]);
      return {
        kernels: [`kedge_gather_${type}`],
        constants: walk(prefix, output.shape, 0, steps),
        body: `kedge_gather_${type}(${from}, ${to}, &${prefix}_d);`,
      };
    }
    case "Slice": {
      const strides = stridesOf(x.shape);
      const rank = strides.length;
      const begin = strides.reduce((sum, step, axis) => sum + step * operator.list[axis], 0);
      const steps = strides.map((step, axis) => step * operator.list[rank + axis]);
      return {
        kernels: [`kedge_gather_${type}`],
        constants: walk(prefix, output.shape, begin, steps),
        body: `kedge_gather_${type}(${from}, ${to}, &${prefix}_d);`,
      };
    }
    case "Pad":
      return padOf(parts);
    case "Concat":
      return concatOf(parts);
    case "Reduce":
      return reduceOf(parts);
    case "Reshape":
      return {
        kernels: [],
        body: to === from ? "" : `memcpy(${to}, ${from}, ${x.size * (real ? 4 : 1)});`,
      };
    case "Table":
      return {
        kernels: ["kedge_table"],
        body: `kedge_table(${from}, ${second}, ${to}, ${x.size});`,
      };
    case "Quantize":
      return {
        kernels: ["kedge_quantize"],
        body: `kedge_quantize(${from}, ${to}, ${x.size}, ${
          cFloat(params.factor)
        }, ${output.zeroPoint}, ${params.min}, ${params.max});`,
      };
    case "Dequantize":
      return {
        kernels: ["kedge_dequantize"],
        body: `kedge_dequantize(${from}, ${to}, ${x.size}, ${cFloat(x.scale)}, ${x.zeroPoint});`,
      };
    case "Softmax": {
      const kernel = params.log ? "kedge_log_softmax" : "kedge_softmax";
      const depth = x.shape[x.shape.length - 1];
      return {
        kernels: [kernel],
        body: `${kernel}(${from}, ${to}, ${x.size / depth}, ${depth});`,
      };
    }
    case "Unary": {
      const kernel = `kedge_unary_${UNARY_KINDS[params.kind]}`;
      const more = `${cFloat(params.alpha)}, ${cFloat(params.beta)}`;
      return { kernels: [kernel], body: `${kernel}(${from}, ${to}, ${x.size}, ${more});` };
    }
    case "Gather": {
      const [rows] = x.shape;
      const places = parts.model.tensors[operator.inputs[1]];
      const sizes = `${places.size}, ${rows}, ${x.size / rows}`;
      return {
        kernels: ["kedge_gather_rows"],
        body: `kedge_gather_rows(${from}, ${second}, ${to}, ${sizes});`,
      };
    }
    case "ArgSort": {
      const length = x.shape[x.shape.length - 1];
      return {
        kernels: ["kedge_arg_sort"],
        body: `kedge_arg_sort(${from}, ${to}, ${x.size / length}, ${length});`,
      };
    }
    case "MatMul":
      throw new Error("MatMul is tested by itself");
  }
}

/** Dimensions of a window as `kedge_window`. */
function windowOf(
  { prefix, x, output }: Parts,
  kernelH: number,
  kernelW: number,
  p: Record<string, number>,
): string {
  const dims = [...x.shape, ...output.shape.slice(1), kernelH, kernelW, p.strideH, p.strideW]
    .concat([p.padTop, p.padLeft, p.dilationH ?? 1, p.dilationW ?? 1, p.groups ?? 1]);
  return `static const kedge_window ${prefix}_d = {${dims.join(", ")}};\n`;
}

/** `kedge_layer` of an integer layer. */
function layerOf({ prefix, x, output, operator }: Parts): string {
  const params: Record<string, number> = operator.params;
  const integer = output.dtype === "int8";
  const bounds = integer ? [output.zeroPoint, params.min, params.max] : [0, 0, 0];
  const floats = integer ? [0, 0] : [params.min, params.max];
  return `static const kedge_layer ${prefix}_q = {${prefix}_b, ${prefix}_m, ${x.zeroPoint}, ${
    bounds.join(", ")
  }, ${floats.map(cFloat).join(", ")}};\n`;
}

function integerLayer(parts: Parts): Call {
  const { model, operator, prefix, x, output, from: [from], to } = parts;
  const params: Record<string, number> = operator.params;
  const w = model.tensors[operator.inputs[1]];
  const weights = Int8Array.from(decoded(model, operator.inputs[1]));
  const bias = operator.inputs.length > 2
    ? Int32Array.from(decoded(model, operator.inputs[2]))
    : null;
  const { op } = operator;
  const depthwise = op === "DepthwiseConv2D";
  const channels = output.shape[output.shape.length - 1];
  const depth = weights.length / channels;
  const dense = op === "FullyConnected" && x.size === depth;
  const real = output.dtype === "float32";
  const narrow = dense || (op === "Conv2D" && params.groups === 1 && !real)
    ? narrowWeights(weights, channels)
    : null;
  const base = { Conv2D: "kedge_conv2d", DepthwiseConv2D: "kedge_depthwise" }[op as "Conv2D"] ??
    (dense ? "kedge_dense" : "kedge_fully_connected");
  const kernel = `${base}${narrow ? "_packed" : ""}_s8${real ? "_f32" : ""}`;
  const laid = depthwise ? weights : rowsOfWords(weights, channels);
  const constants = (narrow ? packedOf(prefix, narrow) : cArray(`${prefix}_w`, "int8_t", laid)) +
    cArray(`${prefix}_b`, "int32_t", foldedBias(bias, weights, channels, x.zeroPoint, depthwise)) +
    cArray(`${prefix}_m`, "float", multipliers(w, channels, params.factor)) + layerOf(parts);
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
  const rows = narrow ? 16 + BLOCK * (depth + 3) + 12 : 0;
  return {
    kernels: [kernel],
    constants: constants + windowOf(parts, kernelH, kernelW, params),
    scratch: depthwise ? depthwiseBytes(window) : patchBytes(depth) + rows,
    body: `${kernel}(${operands}, ${scratchName}, &${prefix}_d${narrow ? `, ${BLOCK}` : ""});`,
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

function floatLayer(parts: Parts): Call {
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

function pool(parts: Parts): Call {
  const { operator, prefix, x, output, from: [from], to } = parts;
  const p: Record<string, number> = operator.params;
  const window = windowOf(parts, p.kernelH, p.kernelW, p);
  const bounds = `${cFloat(p.min)}, ${cFloat(p.max)}`;
  if (operator.op === "MaxPool2D") {
    const kernel = x.dtype === "int8" ? "kedge_maxpool_s8" : "kedge_maxpool_f32";
    return {
      kernels: [kernel],
      constants: window,
      body: `${kernel}(${from}, ${to}, &${prefix}_d, ${
        x.dtype === "int8" ? `${p.min}, ${p.max}` : bounds
      });`,
    };
  }
  const average = `static const kedge_average ${prefix}_a = {${
    [p.padBottom, p.padRight, p.countIncludePad].join(", ")
  }};\n`;
  if (x.dtype === "float32") {
    return {
      kernels: ["kedge_average_f32"],
      constants: window + average,
      body: `kedge_average_f32(${from}, ${to}, &${prefix}_d, &${prefix}_a, ${bounds});`,
    };
  }
  const kernel = output.dtype === "int8" ? "kedge_average_s8" : "kedge_average_s8_f32";
  const factors = Float32Array.from(
    { length: p.kernelH * p.kernelW + 1 },
    (_, n) => n ? Math.fround(p.factor / n) : 0,
  );
  return {
    kernels: [kernel],
    constants: window + average + `#define ${prefix}_b 0\n` +
      cArray(`${prefix}_m`, "float", factors) + layerOf(parts),
    body: `${kernel}(${from}, &${prefix}_q, ${to}, &${prefix}_d, &${prefix}_a);`,
  };
}
