/**
 * What the rules for single operators are made of.
 * @module
 */
import type { DType, ModelTensor } from "./model.ts";

/** An operator as the rules see it. */
export interface RuleInput {
  readonly inputs: readonly ModelTensor[];
  readonly output: ModelTensor;
  readonly params: Readonly<Record<string, number>>;
  readonly list: readonly number[];
}

/** Says what is wrong with an operator, or null where all is right. */
export type Rule = (operator: RuleInput) => string | null;

/** The first fault that any of the rules finds. */
export const all = (...rules: Rule[]): Rule => (operator) => {
  for (const rule of rules) {
    const wrong = rule(operator);
    if (wrong) return wrong;
  }
  return null;
};

/** Whether two shapes are equal. */
export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** That a tensor has a shape. */
export const wrongShape = (output: ModelTensor, wanted: readonly number[]): string | null =>
  same(output.shape, wanted) ? null : `output shape ${output.shape}, wanted ${wanted}`;

/** That a tensor has a rank. */
export const rank = (tensor: ModelTensor, wanted: number): string | null =>
  tensor.shape.length === wanted ? null : `rank ${tensor.shape.length}, wanted ${wanted}`;

/** That tensors have element types; the last one wanted holds for all that follow. */
export const types = (tensors: readonly ModelTensor[], ...wanted: DType[]): string | null =>
  tensors.every(({ dtype }, i) => dtype === (wanted[i] ?? wanted[wanted.length - 1]))
    ? null
    : `element types ${tensors.map(({ dtype }) => dtype)}, wanted ${wanted}`;

/** That a factor is above 0 and finite. */
export const wrongFactor = ({ factor }: RuleInput["params"]): string | null =>
  factor > 0 && factor < Infinity ? null : `factor ${factor}`;

/** All float32. */
export const floats: Rule = ({ inputs, output }) => types([...inputs, output], "float32");

/** All float32, or all int8. */
export const uniform: Rule = ({ inputs, output }) =>
  inputs[0].dtype === "int32" ? "int32 activations" : types([...inputs, output], inputs[0].dtype);

/** Activations that keep scale and zero point. */
export const unscaled: Rule = (operator) => {
  const { inputs, output } = operator;
  const kept = inputs.every(({ scale, zeroPoint }) =>
    scale === output.scale && zeroPoint === output.zeroPoint
  );
  return uniform(operator) ??
    (kept ? null : "scale or zero point differs between input and output");
};

/** Kernels read their first input from the arena. */
export const activation: Rule = ({ inputs: [x] }) => x.data ? "its input is a constant" : null;

/** The output has the first input's shape. */
export const sameShape: Rule = ({ inputs: [x], output }) => wrongShape(output, x.shape);
