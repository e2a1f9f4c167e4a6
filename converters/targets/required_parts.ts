/**
 * Which parts of the runtime a model needs.
 * @module
 */
import { createEngine } from "../../runtime/engine/engine.ts";
import type { Step } from "../../runtime/engine/step.ts";
import { isElementwise } from "../../runtime/engine/steps/elementwise.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import type { Model, ModelOperator } from "../../runtime/format/model.ts";
import type { OperatorName } from "../../runtime/format/operators.ts";
import { RELAXED } from "../../runtime/kernels/generated/relaxed.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";

/**
 * Names of the kernels that a model asks for while it is laid out, which is tried here.
 * @param relaxed whether they may use relaxed SIMD.
 */
export function requiredKernels(model: Model, relaxed: boolean): string[] {
  const names = new Set<string>();
  const recorded = (step: Step): Step => (preparation) =>
    step({
      ...preparation,
      kernel: (name) => (names.add(name), preparation.kernel(name)),
      spread: (name, blocks) => (names.add(name), preparation.spread(name, blocks)),
    });
  const recording = { ...steps } as Record<OperatorName, Step>;
  for (const { op } of model.operators) recording[op] = recorded(steps[op]);
  createEngine(model, {
    steps: recording,
    kernels: new WebAssembly.Module(Uint8Array.fromBase64(relaxed ? RELAXED : SIMD)),
    relaxed,
  });
  return [...names];
}

/**
 * Steps for less than all that an operator can be: the name of one, and for which operators it will
 * do.
 */
const LESSER: Partial<
  Record<OperatorName, {
    step: keyof typeof steps;
    serves(operator: ModelOperator, model: Model, relaxed: boolean): boolean;
  }>
> = {
  Add: {
    step: "ElementwiseAdd",
    serves: ({ inputs: [a, b], output }, { tensors }) =>
      isElementwise(tensors[a], tensors[b], tensors[output]),
  },
  Conv2D: { step: "PlainConv2D", serves: (_operator, _model, relaxed) => !relaxed },
  FullyConnected: { step: "PlainFullyConnected", serves: (_operator, _model, relaxed) => !relaxed },
  Softmax: {
    step: "PlainSoftmax",
    serves: ({ params }) => !(params as ModelOperator<"Softmax">["params"]).log,
  },
};

/**
 * Name of the smallest step that serves all operators `op` of a model.
 * @param relaxed whether kernels with relaxed SIMD are shipped.
 */
export function stepName(op: OperatorName, model: Model, relaxed: boolean): keyof typeof steps {
  const lesser = LESSER[op];
  const all = model.operators.filter((operator) => operator.op === op);
  return lesser && all.every((operator) => lesser.serves(operator, model, relaxed))
    ? lesser.step
    : op;
}
