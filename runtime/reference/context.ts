/**
 * What a reference operator sees: its tensors' values and descriptions.
 * @module
 */
import type { ModelOperator, ModelTensor, TensorArray } from "../format/model.ts";
import type { OperatorName } from "../format/operators.ts";

/** One operator with its operands. */
export interface Context<Op extends OperatorName = OperatorName> {
  readonly operator: ModelOperator<Op>;
  /** Descriptions of the inputs, in order. */
  readonly inputs: readonly ModelTensor[];
  /** Values of the inputs, row-major. */
  readonly values: readonly TensorArray[];
  /** Description of the output. */
  readonly output: ModelTensor;
  /** Where the output's values go. */
  readonly result: TensorArray;
}

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** Calls `visit` with every index of a shape in row-major order; `index` is reused. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], flat: number) => void,
): void {
  const size = shape.reduce((a, b) => a * b, 1);
  const index = new Array<number>(shape.length).fill(0);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}
