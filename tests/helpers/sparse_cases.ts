/** Layers most of whose blocks of weights are zeros, so that the runtime leaves blocks out. */
import type { CaseMaker } from "./operator_cases.ts";
import type { Random } from "./random.ts";

/** What the runtime leaves out where all of it is zeros. */
const OUTPUTS = 4;

/** Share of blocks that stay, or just one. */
export type Left = number | "one";

const LEFT: readonly Left[] = [0, "one", 0.1, 0.3, 0.5];

/** The same cases with blocks of 4 outputs × 2 inputs made zero. */
export const sparse = (make: CaseMaker): CaseMaker => (random) => {
  const tested = make(random);
  const left = random.pick(LEFT);
  const inputs = tested.inputs.map((tensor) =>
    tensor.name === "w"
      ? { ...tensor, data: zeroBlocks(random, tensor.data as Int8Array, tensor.shape!, left) }
      : tensor
  );
  return { ...tested, name: `${tested.name}, blocks left: ${left}`, inputs };
};

/** Weights [outputs, …window] of which some blocks stay. Pairs of inputs begin at a row of the window. */
export function zeroBlocks(
  random: Random,
  weights: Int8Array,
  shape: readonly number[],
  left: Left,
): Int8Array {
  const depth = weights.length / shape[0];
  const row = shape.length === 4 ? shape[2] * shape[3] : depth;
  const across = Math.ceil(row / 2);
  const blocks = Math.ceil(shape[0] / OUTPUTS) * depth / row * across;
  const one = random.int(0, blocks - 1);
  const stays = Array.from(
    { length: blocks },
    (_, i) => left === "one" ? i === one : random.next() < left,
  );
  return weights.map((w, i) => {
    const [output, k] = [Math.floor(i / depth), i % depth];
    const place = Math.floor(k / row) * across + Math.floor(k % row / 2);
    return stays[Math.floor(output / OUTPUTS) * (depth / row * across) + place] ? w : 0;
  });
}
