/**
 * That the memory plan of a file is sound: every operand has been written when it is read, and
 * nothing is overwritten that is still needed.
 * @module
 */
import { corrupt } from "./flatbuffer_view.ts";
import type { Model, ModelOperator, ModelTensor } from "./model.ts";

/** Operators that may write over an input at the same place, element by element. */
const IN_PLACE = new Set(["Reshape", "Unary", "Table", "Add", "Mul"]);

/** Bytes of an activation. */
const bytesOf = ({ dtype, size }: ModelTensor) => dtype === "int8" ? size : size * 4;

const overlap = (a: ModelTensor, b: ModelTensor) =>
  a.offset < b.offset + bytesOf(b) && b.offset < a.offset + bytesOf(a);

/**
 * Follows the operators in running order with the set of live tensors.
 * @throws KedgeError `model/corrupt`.
 */
export function assertArena(
  model: Pick<Model, "tensors" | "operators" | "inputs" | "outputs">,
): void {
  const { tensors, operators } = model;
  const lastUse = new Map<number, number>();
  operators.forEach(({ inputs }, at) => inputs.forEach((i) => lastUse.set(i, at)));
  model.outputs.forEach((i) => lastUse.set(i, operators.length));
  let live = [...new Set(model.inputs)];
  live.forEach((i, at) => {
    if (
      live.slice(0, at).some((other) => overlap(tensors[i], tensors[other]))
    ) {
      corrupt("inputs", tensors[i].name, "inputs apart in the arena");
    }
  });
  operators.forEach((operator, at) => {
    const { inputs, output, name } = operator;
    for (const i of inputs) {
      if (!tensors[i].data && !live.includes(i)) {
        corrupt(
          `operator "${name}".inputs`,
          tensors[i].name,
          "a tensor written before",
        );
      }
    }
    if (live.includes(output)) {
      corrupt(`operator "${name}".output`, tensors[output].name, "new");
    }
    for (const i of live) {
      if (!overlap(tensors[i], tensors[output])) continue;
      const dies = (lastUse.get(i) ?? -1) <= at;
      const reads = inputs.includes(i);
      if (
        (!dies || reads) && !(reads && mayShare(operator, tensors, i, dies))
      ) {
        corrupt(
          `operator "${name}".output`,
          tensors[output].name,
          `apart from ${tensors[i].name}`,
        );
      }
    }
    live = live.filter((i) => (lastUse.get(i) ?? -1) > at);
    live.push(output);
  });
  for (const i of model.outputs) {
    if (!live.includes(i)) {
      corrupt("outputs", tensors[i].name, "a tensor that is written");
    }
  }
}

/** Whether the output may lie exactly on input `i`. A Reshape may while its input lives on. */
function mayShare(
  { op, output }: ModelOperator,
  tensors: readonly ModelTensor[],
  i: number,
  dies: boolean,
): boolean {
  const [a, b] = [tensors[i], tensors[output]];
  return IN_PLACE.has(op) && (dies || op === "Reshape") &&
    a.offset === b.offset &&
    a.dtype === b.dtype && a.size === b.size;
}
