/**
 * Calls of the operators on places along an axis: Gather, ArgSort.
 * @module
 */
import { type CallEmitter, operand } from "./layer.ts";

/** Rows of the first input at the places that the second names. */
export const gather: CallEmitter<"Gather"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x, places] } = layer;
    const [rows] = x.shape;
    const [from, at] = [operand(layer, 0, context), operand(layer, 1, context)];
    return [{
      kernel: "kedge_gather_rows",
      arguments: [from, at, context.output, places.size, rows, x.size / rows],
    }];
  },
};

/** Places of each row's values, the largest first. */
export const argSort: CallEmitter<"ArgSort"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x] } = layer;
    const length = x.shape[x.shape.length - 1];
    return [{
      kernel: "kedge_arg_sort",
      arguments: [operand(layer, 0, context), context.output, x.size / length, length],
    }];
  },
};
