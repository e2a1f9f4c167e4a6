/**
 * Operators that run as the reference computes them, on views of WASM memory: cheap ones, and rare
 * ones whose speed does not matter.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { ModelTensor, TensorArray } from "../../format/model.ts";
import type { OperatorName } from "../../format/operators.ts";
import type { Context } from "../../reference/context.ts";
import { binary, dequantize, mul, table, unary } from "../../reference/elementwise.ts";
import { concat, matMul, pad, reshape, slice, transpose } from "../../reference/movement.ts";
import { reduce, softmax } from "../../reference/pooling.ts";
import { activationView, type Step } from "../step.ts";

/** A step that calls a reference operator. */
export function referenceStep<Op extends OperatorName>(
  compute: (context: Context<Op>) => void,
): Step {
  return {
    kernels: () => [],
    prepare({ operator, inputs, output, address, memory }) {
      let context: Context<Op> | null = null;
      const view = (tensor: ModelTensor): TensorArray =>
        tensor.data ? decodeTensor(tensor) : activationView(memory(), address(tensor), tensor);
      // Views are taken at the first run, when memory no longer grows.
      return () =>
        compute(
          context ??= {
            operator: operator as Context<Op>["operator"],
            inputs,
            values: inputs.map(view),
            output,
            result: view(output),
          },
        );
    },
  };
}

export const Mul: Step = referenceStep(mul);
export const Div: Step = referenceStep<"Div">(binary);
export const Maximum: Step = referenceStep<"Maximum">(binary);
export const Minimum: Step = referenceStep<"Minimum">(binary);
export const Pow: Step = referenceStep<"Pow">(binary);
export const Unary: Step = referenceStep(unary);
export const Table: Step = referenceStep(table);
export const Dequantize: Step = referenceStep(dequantize);
export const Softmax: Step = referenceStep(softmax);
export const Reduce: Step = referenceStep(reduce);
export const Concat: Step = referenceStep(concat);
export const Slice: Step = referenceStep(slice);
export const Pad: Step = referenceStep(pad);
export const Transpose: Step = referenceStep(transpose);
export const MatMul: Step = referenceStep(matMul);

/** Reshape: nothing to do where input and output share their place. */
export const Reshape: Step = {
  kernels: () => [],
  prepare(preparation) {
    const { inputs: [x], output, address } = preparation;
    if (address(x) === address(output)) return () => {};
    return referenceStep(reshape).prepare(preparation);
  },
};
