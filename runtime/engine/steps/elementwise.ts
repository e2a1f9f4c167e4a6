/**
 * Add of equal shapes and Quantize on WASM.
 * @module
 */
import type { Model, ModelOperator, ModelTensor } from "../../format/model.ts";
import { type Step, writeArguments } from "../step.ts";
import { BroadcastAdd } from "./broadcast.ts";

/** Whether every element of the output comes from the elements in its own place. */
function isElementwise(a: ModelTensor, b: ModelTensor, output: ModelTensor): boolean {
  return !a.data && !b.data && a.size === output.size && b.size === output.size;
}

/** Whether all Adds of a model are elementwise, so that `ElementwiseAdd` will do. */
export function addsElementwise({ operators, tensors }: Model): boolean {
  return operators.filter(({ op }) => op === "Add").every(({ inputs: [a, b], output }) =>
    isElementwise(tensors[a], tensors[b], tensors[output])
  );
}

/** Add, with broadcasting. */
export const Add: Step = {
  kernels(operator, model, relaxed) {
    const [a, b, output] = [...operator.inputs, operator.output].map((i) => model.tensors[i]);
    return isElementwise(a, b, output)
      ? ElementwiseAdd.kernels(operator, model, relaxed)
      : BroadcastAdd.kernels(operator, model, relaxed);
  },
  prepare(preparation) {
    const { inputs: [a, b], output } = preparation;
    const step = isElementwise(a, b, output) ? ElementwiseAdd : BroadcastAdd;
    return step.prepare(preparation);
  },
};

/** Add without broadcasting. */
export const ElementwiseAdd: Step = {
  kernels: ({ inputs: [a] }, model) => [
    model.tensors[a].dtype === "int8" ? "add_int8" : "add_float32",
  ],
  prepare(preparation) {
    const { operator, inputs: [a, b], output, address } = preparation;
    const { factorA, factorB, min, max } = (operator as ModelOperator<"Add">).params;
    const zy = output.dtype === "int8" ? output.zeroPoint : 0;
    const block = writeArguments(preparation, [
      ...[
        address(a),
        address(b),
        address(output),
        a.size,
        a.zeroPoint,
        b.zeroPoint,
        zy,
      ],
      ...[factorA, factorB, min - zy, max - zy],
    ], [7, 8, 9, 10]);
    const kernel = preparation.kernel(
      a.dtype === "int8" ? "add_int8" : "add_float32",
    );
    return () => kernel(block);
  },
};

/** Quantize. */
export const Quantize: Step = {
  kernels: () => ["quantize"],
  prepare(preparation) {
    const { operator, inputs: [x], output, address } = preparation;
    const { factor, min, max } = (operator as ModelOperator<"Quantize">).params;
    const zy = output.zeroPoint;
    const block = writeArguments(preparation, [
      ...[
        address(x),
        0,
        address(output),
        x.size,
        0,
        0,
        zy,
        factor,
        0,
        min - zy,
        max - zy,
      ],
    ], [7, 8, 9, 10]);
    const kernel = preparation.kernel("quantize");
    return () => kernel(block);
  },
};
