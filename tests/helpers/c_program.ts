/**
 * A packed model as plain C: one function a layer, tensors at their places in the arena. Written
 * apart from the emitter, so that kernels are tested by themselves.
 */
import type { Model, ModelTensor } from "../../runtime/format/model.ts";
import { decodeTensor } from "../../runtime/format/decode.ts";
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import { stridesOf } from "../../runtime/reference/context.ts";
import { binaryOf, concatOf, padOf, reduceOf, walk } from "./c_operators.ts";
import { type Call, cArray, cFloat, type Parts } from "./c_text.ts";
import { floatLayer, integerLayer } from "./c_weighted.ts";
import { pool } from "./c_windows.ts";

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
