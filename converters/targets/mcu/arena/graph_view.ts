/**
 * A packed model as the planner sees it: which operators are run, and which value each tensor
 * stands for.
 * @module
 */
import { quantizedInput } from "../../../../runtime/engine/self_check.ts";
import type { Model, ModelOperator, ModelTensor } from "../../../../runtime/format/model.ts";

/** A model without what the chip need not do. */
export interface GraphView {
  readonly model: Model;
  /** Places in `model.operators` of those that are run: no Reshape, no Quantize of an input. */
  readonly run: readonly number[];
  /** Tensors that are handed in, in order: int8 where the model would quantize its input first. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Convolutions whose weights stay packed: how many channels are unpacked at a time. */
  readonly blocks: ReadonlyMap<number, number>;
  /** The tensor whose memory a tensor shares (through Reshape), or itself. */
  sharedWith(tensor: number): number;
}

/** Leaves out what needs no code on the chip. */
export function viewGraph(model: Model): GraphView {
  const shared = new Map<number, number>();
  const sharedWith = (tensor: number): number => {
    const host = shared.get(tensor);
    return host === undefined ? tensor : sharedWith(host);
  };
  const quantized = new Map(
    model.inputs.filter((input) => quantizedInput(model, input)).map((input) => [
      input,
      model.operators.find(({ inputs }) => inputs.includes(input))!,
    ]),
  );
  const skipped = new Set<ModelOperator>(quantized.values());
  for (const operator of model.operators) {
    if (operator.op !== "Reshape" || model.tensors[operator.inputs[0]].data) continue;
    shared.set(operator.output, operator.inputs[0]);
    skipped.add(operator);
  }
  return {
    model,
    run: model.operators.flatMap((operator, i) => skipped.has(operator) ? [] : [i]),
    inputs: model.inputs.map((input) => quantized.get(input)?.output ?? input),
    outputs: model.outputs,
    blocks: new Map(),
    sharedWith,
  };
}

/** Tensors of an operator that lie in the arena: its activations, each by the one it shares with. */
export function activationsOf(view: GraphView, operator: ModelOperator): number[] {
  const tensors: readonly ModelTensor[] = view.model.tensors;
  return operator.inputs.filter((i) => !tensors[i].data).map((i) => view.sharedWith(i));
}
