/**
 * That the memory plan of a file is sound: every operand has been written when it is read, and
 * nothing is overwritten that is still needed.
 * @module
 */
import { corrupt } from "./flatbuffer_view.ts";
import type { Model, ModelOperator, ModelTensor } from "./model.ts";
import { bytesOf } from "./read_tensor.ts";

/** Operators that may write over an input at the same place, element by element. */
const IN_PLACE = new Set(["Reshape", "Unary", "Table", "Add", "Mul"]);

/**
 * Follows the operators in running order with the tensors that are alive.
 * @throws KedgeError `model/corrupt`.
 */
export function assertArena(
  { tensors, operators, inputs, outputs }: Pick<
    Model,
    "tensors" | "operators" | "inputs" | "outputs"
  >,
): void {
  const lastUse = new Map<number, number>();
  operators.forEach((operator, at) => operator.inputs.forEach((i) => lastUse.set(i, at)));
  outputs.forEach((i) => lastUse.set(i, operators.length));
  const live = new LiveTensors(tensors);
  for (const i of new Set(inputs)) {
    if (live.over(i).length) corrupt("inputs", tensors[i].name, "inputs apart in the arena");
    live.add(i);
  }
  inputs.filter((i) => !lastUse.has(i)).forEach((i) => live.remove(i));
  operators.forEach((operator, at) => {
    const { output, name } = operator;
    const activations = operator.inputs.filter((i) => !tensors[i].data);
    const unwritten = activations.find((i) => !live.has(i));
    if (unwritten !== undefined) {
      corrupt(`operator "${name}".inputs`, tensors[unwritten].name, "a tensor written before");
    }
    if (live.has(output)) corrupt(`operator "${name}".output`, tensors[output].name, "new");
    const dying = activations.filter((i) => lastUse.get(i) === at);
    const shared = (i: number) =>
      samePlace(tensors[i], tensors[output]) &&
      (operator.op === "Reshape" ? live.sameValue(i, operator.inputs[0]) : dying.includes(i)) &&
      IN_PLACE.has(operator.op);
    const harmed = live.over(output).find((i) => !shared(i));
    if (harmed !== undefined) {
      const wanted = `apart from ${tensors[harmed].name}`;
      corrupt(`operator "${name}".output`, tensors[output].name, wanted);
    }
    const kept = keepsValue(operator, tensors) ? operator.inputs[0] : undefined;
    live.add(output, kept);
    dying.forEach((i) => live.remove(i));
    if (!(lastUse.get(output)! > at)) live.remove(output);
  });
  const missing = outputs.find((i) => !live.has(i));
  if (missing !== undefined) {
    corrupt("outputs", tensors[missing].name, "a tensor that is written");
  }
}

const samePlace = (a: ModelTensor, b: ModelTensor) =>
  a.offset === b.offset && a.dtype === b.dtype && a.size === b.size;

/** Whether the operator leaves its input's bytes as they are and where they are. */
const keepsValue = ({ op, inputs, output }: ModelOperator, tensors: readonly ModelTensor[]) =>
  op === "Reshape" && samePlace(tensors[inputs[0]], tensors[output]);

/**
 * Tensors that will still be read, in order of place. They lie apart, but for those that hold one
 * value under several shapes.
 */
class LiveTensors {
  readonly #tensors: readonly ModelTensor[];
  readonly #order: number[] = [];
  /** For each live tensor, the tensor that its value was written as. */
  readonly #value = new Map<number, number>();

  constructor(tensors: readonly ModelTensor[]) {
    this.#tensors = tensors;
  }

  has(i: number): boolean {
    return this.#value.has(i);
  }

  sameValue(i: number, j: number): boolean {
    return this.has(i) && this.#value.get(i) === this.#value.get(j);
  }

  /** Adds a tensor that is written; `kept` holds the same value at the same place. */
  add(i: number, kept = i): void {
    this.#order.splice(this.#firstBehind(this.#tensors[i].offset), 0, i);
    this.#value.set(i, this.#value.get(kept) ?? i);
  }

  remove(i: number): void {
    if (!this.#value.delete(i)) return;
    this.#order.splice(this.#order.indexOf(i, this.#firstBehind(this.#tensors[i].offset)), 1);
  }

  /** The live tensors that share a byte with a tensor. */
  over(i: number): number[] {
    const { offset } = this.#tensors[i];
    const end = offset + bytesOf(this.#tensors[i]);
    const found: number[] = [];
    for (let at = this.#firstBehind(offset); at < this.#order.length; at++) {
      if (this.#tensors[this.#order[at]].offset >= end) break;
      found.push(this.#order[at]);
    }
    return found;
  }

  /** Place in the order of the first tensor that ends behind a byte of the arena. */
  #firstBehind(byte: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const tensor = this.#tensors[this.#order[middle]];
      if (tensor.offset + bytesOf(tensor) > byte) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
