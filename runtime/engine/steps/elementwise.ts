/**
 * Add and Quantize on WASM; broadcasting adds go through the reference.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../format/model.ts";
import { add } from "../../reference/elementwise.ts";
import { type Step, writeArguments } from "../step.ts";
import { referenceStep } from "./reference.ts";

const broadcastAdd = referenceStep(add);

const sameSizes = (a: ModelTensor, b: ModelTensor) => !a.data && !b.data && a.size === b.size;

/** Add. */
export const Add: Step = {
  kernels({ inputs }, model) {
    const [a, b] = inputs.map((i) => model.tensors[i]);
    return sameSizes(a, b) ? [a.dtype === "int8" ? "add_int8" : "add_float32"] : [];
  },
  prepare(preparation) {
    const { operator, inputs: [a, b], output, address } = preparation;
    if (!sameSizes(a, b)) return broadcastAdd.prepare(preparation);
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
