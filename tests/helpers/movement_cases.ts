/** Random cases of the operators that only move values. */
import type { Tensor } from "../../converters/graph/graph.ts";
import type { CaseMaker } from "./operator_cases.ts";
import type { Random } from "./random.ts";

const TYPES = ["int8", "float32"] as const;

function shapeOf(random: Random, least: number, most: number): number[] {
  return Array.from({ length: random.int(least, most) }, () => random.int(1, 6));
}

function tensor(name: string, shape: readonly number[], dtype: Tensor["dtype"]): Tensor {
  const quantization = { scale: 0.5, zeroPoint: 3 };
  return { name, dtype, shape: [...shape], ...(dtype === "int8" && { quantization }) };
}

/** Any permutation of up to six axes. */
export const transpose: CaseMaker = (random) => {
  const dtype = random.pick(TYPES);
  const shape = shapeOf(random, 1, 6);
  const perm = shape.map((_, axis) => axis);
  for (let i = perm.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [perm[i], perm[j]] = [perm[j], perm[i]];
  }
  return {
    name: `perm ${perm} of ${shape}`,
    node: { op: "Transpose", params: {}, list: perm },
    inputs: [tensor("x", shape, dtype)],
    output: tensor("y", perm.map((axis) => shape[axis]), dtype),
  };
};

/** Any start and step, backwards too. */
export const slice: CaseMaker = (random) => {
  const dtype = random.pick(TYPES);
  const shape = shapeOf(random, 1, 5);
  const begin = shape.map((dim) => random.int(0, dim - 1));
  const steps = shape.map(() => random.pick([1, 1, 2, 3, -1, -2]));
  const sizes = shape.map((dim, axis) => {
    const room = steps[axis] > 0 ? dim - 1 - begin[axis] : begin[axis];
    return random.int(1, Math.floor(room / Math.abs(steps[axis])) + 1);
  });
  return {
    name: `${begin} by ${steps} of ${shape}`,
    node: { op: "Slice", params: {}, list: [...begin, ...steps] },
    inputs: [tensor("x", shape, dtype)],
    output: tensor("y", sizes, dtype),
  };
};

/** Places in and out of range, and between two. */
export const gather: CaseMaker = (random) => {
  const shape = shapeOf(random, 1, 3);
  const count = [random.int(1, 4), random.int(1, 3)];
  const size = count[0] * count[1];
  const data = Float32Array.from(
    { length: size },
    () => random.pick([random.int(-2, 8), random.next() * 5, NaN, Infinity]),
  );
  const constant = random.next() < 0.5;
  return {
    name: `${count} of ${shape}`,
    node: { op: "Gather", params: {}, list: [] },
    inputs: [
      tensor("x", shape, "float32"),
      { ...tensor("places", count, "float32"), ...(constant && { data }) },
    ],
    output: tensor("y", [...count, ...shape.slice(1)], "float32"),
  };
};

/** Rows with equal values among them. */
export const argSort: CaseMaker = (random) => {
  const shape = shapeOf(random, 1, 3).with(-1, random.int(1, 30));
  return {
    name: `${shape}`,
    node: { op: "ArgSort", params: {}, list: [] },
    inputs: [tensor("x", shape, "float32")],
    output: tensor("y", shape, "float32"),
  };
};

/** Two to four inputs, a constant among them now and then. */
export const concat: CaseMaker = (random) => {
  const dtype = random.pick(TYPES);
  const shape = shapeOf(random, 1, 5);
  const axis = random.int(0, shape.length - 1);
  const inputs = Array.from({ length: random.int(2, 4) }, (_, i) => {
    const input = tensor(`x${i}`, shape.with(axis, random.int(1, 5)), dtype);
    if (i === 0 || random.next() < 0.7) return input;
    const size = (input.shape ?? []).reduce((a, b) => a * b, 1);
    const values = Array.from({ length: size }, () => random.int(-128, 127));
    return {
      ...input,
      data: dtype === "int8" ? Int8Array.from(values) : Float32Array.from(values),
    };
  });
  const total = inputs.reduce((sum, input) => sum + (input.shape ?? [])[axis], 0);
  return {
    name: `axis ${axis} of ${inputs.map((input) => input.shape?.join("×"))}`,
    node: { op: "Concat", params: { axis }, list: [] },
    inputs,
    output: tensor("y", shape.with(axis, total), dtype),
  };
};

/** Any border, or none. */
export const pad: CaseMaker = (random) => {
  const dtype = random.pick(TYPES);
  const shape = shapeOf(random, 1, 5);
  const before = shape.map(() => random.int(0, 2));
  const sizes = shape.map((dim, axis) => before[axis] + dim + random.int(0, 2));
  return {
    name: `${shape} at ${before} in ${sizes}`,
    node: { op: "Pad", params: { value: random.int(-128, 127) }, list: before },
    inputs: [tensor("x", shape, dtype)],
    output: tensor("y", sizes, dtype),
  };
};
