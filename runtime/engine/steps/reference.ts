/**
 * Operators that run as the reference computes them, on views of WASM memory: cheap ones, and rare
 * ones whose speed does not matter. Calls are marked pure, so that a bundle drops unused ones.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { ModelTensor, TensorArray } from "../../format/model.ts";
import type { OperatorName } from "../../format/operators.ts";
import type { Context } from "../../reference/context.ts";
import { binary, dequantize, table, unary } from "../../reference/elementwise.ts";
import { matMul } from "../../reference/movement.ts";
import { argSort, gather } from "../../reference/places.ts";
import { plainSoftmax, reduce, softmax } from "../../reference/pooling.ts";
import { activationView, type Step } from "../step.ts";

/** A step that calls a reference operator. */
export function referenceStep<Op extends OperatorName>(
  compute: (context: Context<Op>) => void,
): Step {
  return ({ operator, inputs, output, address, memory }) => {
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
  };
}

export const Pow: Step = /* @__PURE__ */ referenceStep<"Pow">(binary);
export const Unary: Step = /* @__PURE__ */ referenceStep(unary);
export const Table: Step = /* @__PURE__ */ referenceStep(table);
export const Dequantize: Step = /* @__PURE__ */ referenceStep(dequantize);
export const Softmax: Step = /* @__PURE__ */ referenceStep(softmax);
export const PlainSoftmax: Step = /* @__PURE__ */ referenceStep(plainSoftmax);
export const Reduce: Step = /* @__PURE__ */ referenceStep(reduce);
export const MatMul: Step = /* @__PURE__ */ referenceStep(matMul);
export const Gather: Step = /* @__PURE__ */ referenceStep(gather);
export const ArgSort: Step = /* @__PURE__ */ referenceStep(argSort);

/** Reshape: a copy of the bytes, or nothing where input and output share their place. */
export const Reshape: Step = ({ inputs: [x], output, address, memory }) => {
  const view = (tensor: ModelTensor) => activationView(memory(), address(tensor), tensor);
  if (x.data) {
    const values = decodeTensor(x);
    return () => view(output).set(values);
  }
  if (address(x) === address(output)) return () => {};
  return () => view(output).set(view(x));
};
