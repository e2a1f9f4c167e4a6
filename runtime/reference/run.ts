/**
 * The reference: runs a packed model in plain TypeScript. Short and slow, it is the definition of
 * the arithmetic that every other target is compared with, bit for bit (DESIGN.md §3).
 * @module
 */
import { decodeTensor } from "../format/decode.ts";
import { KedgeError } from "../format/error.ts";
import type { LayerHook, Model, ModelTensor, TensorArray, TensorMap } from "../format/model.ts";
import type { OperatorName } from "../format/operators.ts";
import type { Context } from "./context.ts";
import { conv2d, depthwiseConv2d, fullyConnected } from "./convolution.ts";
import { add, binary, dequantize, mul, quantize, table, unary } from "./elementwise.ts";
import { concat, matMul, pad, reshape, slice, transpose } from "./movement.ts";
import { argSort, gather } from "./places.ts";
import { averagePool2d, maxPool2d, reduce, softmax } from "./pooling.ts";

const COMPUTE: { [Op in OperatorName]: (context: Context<Op>) => void } = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  FullyConnected: fullyConnected,
  MatMul: matMul,
  Add: add,
  Mul: mul,
  Div: binary,
  Maximum: binary,
  Minimum: binary,
  Pow: binary,
  MaxPool2D: maxPool2d,
  AveragePool2D: averagePool2d,
  Reduce: reduce,
  Softmax: softmax,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Reshape: reshape,
  Transpose: transpose,
  Unary: unary,
  Table: table,
  Quantize: quantize,
  Dequantize: dequantize,
  Gather: gather,
  ArgSort: argSort,
};

/**
 * Runs the model once.
 * @param inputs values of every model input by name, in the tensor's own shape, row-major.
 * @param onLayer sees each operator's output bytes as soon as they are there.
 * @returns every model output by name.
 * @throws KedgeError `data/shape` when an input is missing or has another length.
 */
export function runReference(
  model: Model,
  inputs: TensorMap,
  onLayer?: LayerHook,
): TensorMap {
  const values: TensorArray[] = model.tensors.map((tensor) =>
    tensor.data ? decodeTensor(tensor) : allocate(tensor)
  );
  for (const index of model.inputs) {
    const { name, size } = model.tensors[index];
    const given = inputs[name];
    if (given?.length !== size) {
      throw new KedgeError({
        code: "data/shape",
        message: `Running the model: input "${name}" does not fit`,
        where: { tensor: name },
        got: given ? `${given.length} values` : "no such input",
        wanted: `${size} values`,
      });
    }
    values[index].set(given);
  }
  model.operators.forEach((operator, index) => {
    const result = values[operator.output];
    const compute = COMPUTE[operator.op] as (context: Context) => void;
    compute({
      operator,
      inputs: operator.inputs.map((i) => model.tensors[i]),
      values: operator.inputs.map((i) => values[i]),
      output: model.tensors[operator.output],
      result,
    });
    onLayer?.(
      index,
      new Uint8Array(result.buffer, result.byteOffset, result.byteLength),
    );
  });
  return Object.fromEntries(
    model.outputs.map((i) => [model.tensors[i].name, values[i]]),
  );
}

function allocate(tensor: ModelTensor): TensorArray {
  if (tensor.dtype === "int8") return new Int8Array(tensor.size);
  if (tensor.dtype === "int32") return new Int32Array(tensor.size);
  return new Float32Array(tensor.size);
}
