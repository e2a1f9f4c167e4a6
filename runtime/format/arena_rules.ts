/**
 * That the memory plan of a file is sound: every operand has been written when it is read, and
 * nothing is overwritten that is still needed.
 * @module
 */
import { corrupt } from "./flatbuffer_view.ts";
import type { Model, ModelTensor } from "./model.ts";
import { bytesOf } from "./read_tensor.ts";

/** Operators that may write over an input at the same place, element by element. */
const IN_PLACE = ["Reshape", "Unary", "Table", "Add", "Mul"];

/** Bytes in the arena that will still be read. */
interface Value {
  place: ModelTensor;
  /** The tensors that stand for it: more than one where a Reshape shares the place. */
  names: Set<number>;
}

/**
 * Follows the operators in running order with the values that are alive.
 * @throws KedgeError `model/corrupt`.
 */
export function assertArena(
  { tensors, operators, inputs, outputs }: Pick<
    Model,
    "tensors" | "operators" | "inputs" | "outputs"
  >,
): void {
  /** When each tensor is read last, by its number. */
  const lastUse: number[] = [];
  operators.forEach(({ inputs }, at) => inputs.forEach((i) => lastUse[i] = at));
  outputs.forEach((i) => lastUse[i] = operators.length);
  /** What is alive in order of place, where all lies apart; and by the number of a tensor. */
  const order: Value[] = [];
  const values: (Value | undefined)[] = [];
  /** Where the first value stands that ends behind a byte of the arena. */
  const firstBehind = (byte: number) => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { place } = order[middle];
      if (place.offset + bytesOf(place) > byte) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  /** The values that share a byte with a tensor. */
  const over = (i: number) => {
    const { offset } = tensors[i];
    const from = firstBehind(offset);
    let to = from;
    while (order[to]?.place.offset < offset + bytesOf(tensors[i])) to++;
    return order.slice(from, to);
  };
  /** Adds a tensor, as a new value or as one more name for a value that it keeps. */
  const add = (i: number, kept?: Value) => {
    const value = kept ?? { place: tensors[i], names: new Set() };
    if (!kept) order.splice(firstBehind(value.place.offset), 0, value);
    value.names.add(i);
    values[i] = value;
  };
  const remove = (i: number) => {
    const value = values[i];
    values[i] = undefined;
    if (value?.names.delete(i) && !value.names.size) {
      order.splice(order.indexOf(value, firstBehind(value.place.offset)), 1);
    }
  };
  for (const i of new Set(inputs)) {
    if (over(i).length) corrupt("inputs", tensors[i].name, "inputs apart in the arena");
    add(i);
  }
  inputs.filter((i) => lastUse[i] === undefined).forEach(remove);
  operators.forEach(({ op, name, inputs, output }, at) => {
    const fail = (field: string, i: number, wanted: string) =>
      corrupt(`operator "${name}".${field}`, tensors[i].name, wanted);
    const activations = inputs.filter((i) => !tensors[i].data);
    const unwritten = activations.find((i) => !values[i]);
    if (unwritten !== undefined) fail("inputs", unwritten, "a tensor written before");
    if (values[output]) fail("output", output, "new");
    const y = tensors[output];
    const atPlace = (x: ModelTensor) =>
      x.offset === y.offset && x.dtype === y.dtype && x.size === y.size;
    const dying = new Set(activations.filter((i) => lastUse[i] === at));
    const kept = op === "Reshape" && atPlace(tensors[inputs[0]]) ? values[inputs[0]] : undefined;
    for (const value of over(output)) {
      const { place, names } = value;
      const replaces = IN_PLACE.includes(op) && atPlace(place) && names.size <= dying.size &&
        [...names].every((i) => dying.has(i));
      if (value !== kept && !replaces) {
        fail("output", output, `apart from ${tensors[[...names][0]].name}`);
      }
    }
    add(output, kept);
    dying.forEach(remove);
    if (!(lastUse[output] > at)) remove(output);
  });
  const missing = outputs.find((i) => !values[i]);
  if (missing !== undefined) corrupt("outputs", tensors[missing].name, "a tensor that is written");
}
