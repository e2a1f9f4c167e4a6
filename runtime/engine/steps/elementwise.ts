/**
 * Add of equal shapes and Quantize on WASM.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../format/model.ts";
import { type Step, writeArguments } from "../step.ts";
import { BroadcastAdd } from "./broadcast.ts";

/** Words of the argument blocks that are float32. */
const REALS = [7, 8, 9, 10];

/** Whether every element of the output comes from the elements in its own place. */
export function isElementwise(a: ModelTensor, b: ModelTensor, output: ModelTensor): boolean {
  return !a.data && !b.data && a.size === output.size && b.size === output.size;
}

/** Add, with broadcasting. */
export const Add: Step = (preparation) => {
  const { inputs: [a, b], output } = preparation;
  const step = isElementwise(a, b, output) ? ElementwiseAdd : BroadcastAdd;
  return step(preparation);
};

/** Add without broadcasting. */
export const ElementwiseAdd: Step = (preparation) => {
  const { operator, inputs: [a, b], output, address, spread } = preparation;
  const { factorA, factorB, min, max } = (operator as ModelOperator<"Add">).params;
  const zy = output.dtype === "int8" ? output.zeroPoint : 0;
  const block = writeArguments(preparation, [
    ...[address(a), address(b), address(output), a.size, a.zeroPoint, b.zeroPoint, zy],
    ...[factorA, factorB, min - zy, max - zy],
  ], REALS);
  return spread(`add_${a.dtype}`, [block]);
};

/** Quantize. */
export const Quantize: Step = (preparation) => {
  const { operator, inputs: [x], output, address, spread } = preparation;
  const { factor, min, max } = (operator as ModelOperator<"Quantize">).params;
  const zy = output.zeroPoint;
  const block = writeArguments(preparation, [
    ...[address(x), 0, address(output), x.size, 0, 0, zy, factor, 0, min - zy, max - zy],
  ], REALS);
  return spread("quantize", [block]);
};
