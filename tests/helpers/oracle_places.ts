/** Random operators that go by places, given or found. See oracle_cases.ts. */
import { type CaseMaker, floats, ints, maybe, product } from "./oracle_case.ts";
import { type AttributeValue, onnxTensor } from "./onnx_builder.ts";
import type { Random } from "./random.ts";

/** A place on an axis, counted from either end. */
const place = (random: Random, size: number) => random.int(-size, size - 1);

/** Gather, GatherElements and GatherND by constant indices. */
export const gather: CaseMaker = (random) => {
  const op = random.pick(["Gather", "GatherElements", "GatherND"]);
  const shape = ints(random, 3, 1, 6);
  const axis = random.int(-3, 2);
  const size = shape[(axis + 3) % 3];
  const attributes: Record<string, AttributeValue> = op === "GatherND" ? {} : { axis };
  let indices = ints(random, random.int(0, 2), 1, random.pick([3, 20]));
  let values: number[];
  if (op === "GatherND") {
    const depth = random.int(1, 3);
    indices = [random.int(1, 4), depth];
    values = Array.from(
      { length: product(indices) },
      (_, i) => place(random, shape[i % depth]),
    );
  } else {
    if (op === "GatherElements") indices = shape.with(axis, random.int(1, 5));
    values = Array.from({ length: product(indices) }, () => place(random, size));
  }
  return {
    op,
    opset: 13,
    shapes: [shape],
    inputs: ["x0", "indices"],
    constants: [onnxTensor("indices", indices, values, "int64")],
    attributes,
  };
};

/** ScatterElements and ScatterND by constant indices, some of them the same. */
export const scatter: CaseMaker = (random) => {
  const op = random.pick(["ScatterElements", "ScatterND"]);
  const shape = ints(random, 3, 1, 4);
  const axis = random.int(-3, 2);
  const reduction = random.pick(["none", "none", "add", "mul", "max", "min"]);
  const base = { op, opset: 18, inputs: ["x0", "indices", "x1"] };
  if (op === "ScatterND") {
    const depth = random.int(1, 3);
    const most = product(shape.slice(0, depth));
    const count = reduction === "none" ? random.int(1, most) : random.int(1, 5);
    const rows = Array.from({ length: most }, (_, i) => i)
      .sort((a, b) => (a * 7919) % 31 - (b * 7919) % 31 || a - b);
    const tuples = Array.from({ length: count }, (_, i) => {
      const row = reduction === "none" ? rows[i] : random.int(0, most - 1);
      return shape.slice(0, depth).map((size, k) =>
        Math.floor(row / product(shape.slice(k + 1, depth))) % size
      );
    });
    return {
      ...base,
      shapes: [shape, [count, ...shape.slice(depth)]],
      constants: [onnxTensor("indices", [count, depth], tuples.flat(), "int64")],
      attributes: { reduction },
    };
  }
  // Without a reduction the order of equal indices is open, so there each is different.
  const size = shape[(axis + 3) % 3];
  const updates = shape.with(axis, random.int(1, reduction === "none" ? size : 4));
  const inner = product(updates.slice((axis + 3) % 3 + 1));
  const indices = Array.from(
    { length: product(updates) },
    (_, i) =>
      reduction === "none" ? Math.floor(i / inner) % updates[(axis + 3) % 3] : place(random, size),
  );
  return {
    ...base,
    shapes: [shape, updates],
    constants: [onnxTensor("indices", updates, indices, "int64")],
    attributes: { axis, reduction },
  };
};

/** TopK's values or places; equal values now and then. */
export const topK: CaseMaker = (random) => {
  const shape = ints(random, random.int(1, 3), 1, 9);
  const axis = random.int(-shape.length, shape.length - 1);
  const attributes: Record<string, AttributeValue> = { axis };
  maybe(random, attributes, "largest", () => random.int(0, 1));
  return {
    op: "TopK",
    opset: 11,
    shapes: [shape],
    inputs: ["x0", "k"],
    constants: [onnxTensor("k", [1], [random.int(1, shape.at(axis)!)], "int64")],
    attributes,
    outputs: random.pick([["y", "places"], ["values", "y"]]),
    whole: random.next() < 0.5,
  };
};

/** Compress and ReverseSequence. */
export const select: CaseMaker = (random) => {
  const op = random.pick(["Compress", "ReverseSequence"]);
  const shape = ints(random, 3, 1, 5);
  if (op === "ReverseSequence") {
    const time = random.int(0, 1);
    const lengths = Array.from({ length: shape[1 - time] }, () => random.int(1, shape[time]));
    return {
      op,
      opset: 10,
      shapes: [shape],
      inputs: ["x0", "lengths"],
      constants: [onnxTensor("lengths", [lengths.length], lengths, "int64")],
      attributes: { time_axis: time, batch_axis: 1 - time },
    };
  }
  const axis = random.pick([undefined, random.int(-3, 2)]);
  const size = axis === undefined ? product(shape) : shape.at(axis)!;
  const condition = ints(random, random.int(1, size), 0, 1);
  condition[0] = 1;
  return {
    op,
    opset: 11,
    shapes: [shape],
    inputs: ["x0", "condition"],
    constants: [onnxTensor("condition", [condition.length], condition, "bool")],
    attributes: { axis },
  };
};

/** OneHot of computed indices, in range and out of it. */
export const oneHot: CaseMaker = (random) => {
  const shape = ints(random, random.int(1, 2), 1, 5);
  return {
    op: "OneHot",
    opset: 11,
    shapes: [shape],
    inputs: ["x0", "depth", "values"],
    constants: [
      onnxTensor("depth", [], [random.int(1, 5)]),
      onnxTensor("values", [2], floats(random, 2)),
    ],
    attributes: { axis: random.int(-shape.length - 1, shape.length) },
    whole: true,
  };
};
