/**
 * What an emitter of a kernel call sees of its operator, and what it gives.
 * @module
 */
import { decodeTensor } from "../../../../runtime/format/decode.ts";
import type { ModelOperator, ModelTensor } from "../../../../runtime/format/model.ts";
import type { OperatorName } from "../../../../runtime/format/operators.ts";
import type { Constants } from "../source/constants.ts";

/** One operator, or a band of rows of it: then shapes and paddings are the band's. */
export interface Layer<Op extends OperatorName = OperatorName> {
  readonly operator: ModelOperator<Op>;
  readonly inputs: readonly ModelTensor[];
  readonly output: ModelTensor;
  /** Name for its constants in C, for example `layer3`. */
  readonly name: string;
  /** Output channels whose packed weights are unpacked at a time; 0 where weights stay int8. */
  readonly block: number;
}

/** What a call is written with. */
export interface CallContext {
  /** Constants of the file; equal ones are shared. */
  readonly constants: Constants;
  /** C expression of an input in the arena, `const int8_t *` or `const float *`. */
  input(index: number): string;
  /** C expression of the output. */
  readonly output: string;
  /** C expression of the scratch memory, or "0" where none was asked for. */
  readonly scratch: string;
}

/** A call of one kernel. */
export interface Call {
  /** The function, which is the name of its section in runtime/c99/. */
  readonly kernel: string;
  /** Its arguments as C. */
  readonly arguments: readonly (string | number)[];
  /** More sections that the arguments name. */
  readonly sections?: readonly string[];
}

/** How an operator is called. */
export interface CallEmitter<Op extends OperatorName = OperatorName> {
  /** Bytes of scratch memory. */
  scratch(layer: Layer<Op>): number;
  /** Writes constants and gives the calls, in order. */
  emit(layer: Layer<Op>, context: CallContext): Call[];
}

/** Values of constant input `index`. */
export function constantValues(layer: Layer, index: number): ArrayLike<number> {
  return decodeTensor(layer.inputs[index]);
}

/** Product of some sizes. */
export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The least multiple of `unit` that is not below `value`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Whether a tensor is int8 when computed with. */
export function isInteger({ dtype }: ModelTensor): boolean {
  return dtype === "int8";
}

/** C expression of an input: its place in the arena, or a constant of the file. */
export function operand(layer: Layer, index: number, { constants, input }: CallContext): string {
  const tensor = layer.inputs[index];
  if (!tensor.data) return input(index);
  const type = isInteger(tensor) ? "int8_t" : "float";
  return constants.array(type, `${layer.name}_operand${index}`, constantValues(layer, index));
}
