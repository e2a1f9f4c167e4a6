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
  const live = new LiveValues(tensors);
  for (const i of new Set(inputs)) {
    if (live.over(i).length) corrupt("inputs", tensors[i].name, "inputs apart in the arena");
    live.add(i);
  }
  inputs.filter((i) => !lastUse.has(i)).forEach((i) => live.remove(i));
  operators.forEach((operator, at) => {
    const { output, name } = operator;
    const activations = operator.inputs.filter((i) => !tensors[i].data);
    const unwritten = activations.find((i) => !live.of(i));
    if (unwritten !== undefined) {
      corrupt(`operator "${name}".inputs`, tensors[unwritten].name, "a tensor written before");
    }
    if (live.of(output)) corrupt(`operator "${name}".output`, tensors[output].name, "new");
    const dying = new Set(activations.filter((i) => lastUse.get(i) === at));
    const kept = keepsValue(operator, tensors) ? live.of(operator.inputs[0]) : undefined;
    const harmed = live.over(output).find((value) =>
      value !== kept && !mayReplace(operator, tensors, value, dying)
    );
    if (harmed) {
      const wanted = `apart from ${tensors[[...harmed.names][0]].name}`;
      corrupt(`operator "${name}".output`, tensors[output].name, wanted);
    }
    live.add(output, kept);
    dying.forEach((i) => live.remove(i));
    if (!(lastUse.get(output)! > at)) live.remove(output);
  });
  const missing = outputs.find((i) => !live.of(i));
  if (missing !== undefined) {
    corrupt("outputs", tensors[missing].name, "a tensor that is written");
  }
}

const samePlace = (a: ModelTensor, b: ModelTensor) =>
  a.offset === b.offset && a.dtype === b.dtype && a.size === b.size;

/** Whether the operator leaves its input's bytes as they are and where they are. */
const keepsValue = ({ op, inputs, output }: ModelOperator, tensors: readonly ModelTensor[]) =>
  op === "Reshape" && samePlace(tensors[inputs[0]], tensors[output]);

/** Whether the output may be written over a value: one that nothing reads any more. */
function mayReplace(
  { op, output }: ModelOperator,
  tensors: readonly ModelTensor[],
  { place, names }: Value,
  dying: ReadonlySet<number>,
): boolean {
  return IN_PLACE.has(op) && samePlace(place, tensors[output]) && names.size <= dying.size &&
    [...names].every((name) => dying.has(name));
}

/** Bytes in the arena that will still be read. */
interface Value {
  place: ModelTensor;
  /** The tensors that stand for it: more than one where a Reshape shares the place. */
  names: Set<number>;
}

/** The values that will still be read, in order of place; they lie apart. */
class LiveValues {
  readonly #tensors: readonly ModelTensor[];
  readonly #order: Value[] = [];
  readonly #of = new Map<number, Value>();

  constructor(tensors: readonly ModelTensor[]) {
    this.#tensors = tensors;
  }

  /** The value of a tensor, as long as it lives. */
  of(i: number): Value | undefined {
    return this.#of.get(i);
  }

  /** Adds a tensor, as a new value or as one more name for a value that it keeps. */
  add(i: number, kept?: Value): void {
    const value = kept ?? { place: this.#tensors[i], names: new Set() };
    if (!kept) this.#order.splice(this.#firstBehind(value.place.offset), 0, value);
    value.names.add(i);
    this.#of.set(i, value);
  }

  remove(i: number): void {
    const value = this.#of.get(i);
    this.#of.delete(i);
    value?.names.delete(i);
    if (!value || value.names.size) return;
    this.#order.splice(this.#order.indexOf(value, this.#firstBehind(value.place.offset)), 1);
  }

  /** The values that share a byte with a tensor. */
  over(i: number): Value[] {
    const { offset } = this.#tensors[i];
    const end = offset + bytesOf(this.#tensors[i]);
    const from = this.#firstBehind(offset);
    let to = from;
    while (to < this.#order.length && this.#order[to].place.offset < end) to++;
    return this.#order.slice(from, to);
  }

  /** Where the first value stands that ends behind a byte of the arena. */
  #firstBehind(byte: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { place } = this.#order[middle];
      if (place.offset + bytesOf(place) > byte) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
