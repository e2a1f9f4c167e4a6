/** Random operators that move values. See oracle_cases.ts. */
import { type CaseMaker, floats, ints, maybe, product } from "./oracle_case.ts";
import { type AttributeValue, onnxTensor } from "./onnx_builder.ts";

/** Slice. */
export const slice: CaseMaker = (random) => {
  const shape = ints(random, 3, 2, 6);
  const count = random.int(1, 3);
  const axes = [0, 1, 2].slice(0, count).map((axis) => random.pick([axis, axis - 3]));
  const big = 2 ** 40;
  const old = random.next() < 0.3;
  const steps = axes.map(() => old ? 1 : random.pick([1, 2, -1, -2]));
  const sides = (size: number) =>
    random.pick([[0, 1], [0, size], [-size, -1], [-size - 2, size + 2]]);
  const bounds = axes.map((axis, i) => {
    const [low, high] = sides(shape[(axis + 3) % 3]);
    const [first, last] = random.pick([[low, high], [-big, big]]);
    return steps[i] > 0 ? [first, last] : [last, first];
  });
  const starts = bounds.map(([start]) => start);
  const ends = bounds.map(([, end]) => end);
  return {
    op: "Slice",
    opset: old ? 9 : 13,
    shapes: [shape],
    inputs: old ? ["x0"] : ["x0", "starts", "ends", "axes", "steps"],
    constants: [
      onnxTensor("starts", [count], starts, "int64"),
      onnxTensor("ends", [count], ends, "int64"),
      onnxTensor("axes", [count], axes, "int64"),
      onnxTensor("steps", [count], steps, "int64"),
    ],
    attributes: old ? { starts, ends, axes: axes.map((axis) => (axis + 3) % 3) } : {},
  };
};

/** Pad. */
export const pad: CaseMaker = (random) => {
  const shape = ints(random, 3, 2, 5);
  const mode = random.pick(["constant", "edge", "reflect"]);
  const low = mode === "constant" ? -1 : 0;
  const pads = [...shape, ...shape].map((dim) => random.int(low, dim - 1));
  const old = random.next() < 0.3;
  const attributes: Record<string, AttributeValue> = { mode };
  if (old) attributes.pads = pads;
  if (old && mode === "constant") attributes.value = { float: 1.5 };
  return {
    op: "Pad",
    opset: old ? 7 : 13,
    shapes: [shape],
    inputs: old ? ["x0"] : ["x0", "pads", ...(random.next() < 0.5 ? ["value"] : [])],
    constants: [onnxTensor("pads", [6], pads, "int64"), onnxTensor("value", [], [0.25])],
    attributes,
  };
};

/** Squeeze, Unsqueeze, Flatten and Reshape. */
export const reshape: CaseMaker = (random) => {
  const op = random.pick(["Squeeze", "Unsqueeze", "Flatten", "Reshape"]);
  const shape = ints(random, 4, 1, 3).map((dim) => random.pick([1, dim]));
  const opset = random.pick([7, 11, 13]);
  const make = (axes: number[] | null, extra: Record<string, AttributeValue> = {}) => ({
    op,
    opset,
    shapes: [shape],
    inputs: axes && opset >= 13 ? ["x0", "axes"] : ["x0"],
    constants: [onnxTensor("axes", [axes?.length ?? 0], axes ?? [], "int64")],
    attributes: axes && opset < 13 ? { axes, ...extra } : extra,
  });
  if (op === "Squeeze") {
    const ones = [0, 1, 2, 3].filter((axis) => shape[axis] === 1);
    return make(random.next() < 0.3 || ones.length === 0 ? null : ones.slice(0, 2));
  }
  if (op === "Unsqueeze") return make(random.pick([[0], [4], [0, 5], [1, 3], [5, 2]]));
  if (op === "Flatten") {
    return { ...make(null), attributes: { axis: random.int(opset < 11 ? 0 : -4, 4) } };
  }
  const size = product(shape);
  const target = random.pick([[0, -1], [-1], [size], [0, 0, -1], [-1, shape[3]], [1, size, 1]]);
  return {
    ...make(null),
    inputs: ["x0", "shape"],
    constants: [onnxTensor("shape", [target.length], target, "int64")],
  };
};

/** Concat, Split, Tile, Expand and Transpose. */
export const move: CaseMaker = (random) => {
  const op = random.pick(["Concat", "Split", "Tile", "Expand", "Transpose"]);
  const shape = ints(random, 3, 1, 4);
  const axis = random.int(-3, 2);
  const at = (axis + 3) % 3;
  const base = { op, opset: 13, shapes: [shape], inputs: ["x0"], constants: [], attributes: {} };
  switch (op) {
    case "Concat": {
      const other = shape.with(at, random.int(1, 4));
      return { ...base, shapes: [shape, other], inputs: ["x0", "x1", "x0"], attributes: { axis } };
    }
    case "Split": {
      const sizes = [random.int(1, 3), random.int(1, 3)];
      const old = random.next() < 0.5;
      return {
        ...base,
        opset: old ? 11 : 13,
        shapes: [shape.with(at, sizes[0] + sizes[1])],
        inputs: old ? ["x0"] : ["x0", "sizes"],
        constants: [onnxTensor("sizes", [2], sizes, "int64")],
        attributes: old ? { axis, split: sizes } : { axis },
        outputs: ["z", "y"],
      };
    }
    case "Tile":
      return {
        ...base,
        inputs: ["x0", "repeats"],
        constants: [onnxTensor("repeats", [3], ints(random, 3, 1, 3), "int64")],
      };
    case "Expand": {
      const from = shape.map((dim) => random.pick([1, dim]));
      const target = random.pick([shape, [2, ...shape], shape.slice(1)]);
      return {
        ...base,
        shapes: [from],
        inputs: ["x0", "shape"],
        constants: [onnxTensor("shape", [target.length], target, "int64")],
      };
    }
    default: {
      const perm = random.pick([[0, 2, 1], [1, 0, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]]);
      return { ...base, attributes: random.next() < 0.2 ? {} : { perm } };
    }
  }
};

/** Gather, DepthToSpace and SpaceToDepth. */
export const rearrange: CaseMaker = (random) => {
  const op = random.pick(["Gather", "DepthToSpace", "SpaceToDepth"]);
  if (op === "Gather") {
    const shape = ints(random, 3, 1, 5);
    const axis = random.int(-3, 2);
    const size = shape[(axis + 3) % 3];
    const form = random.pick([[], [3], [2, 2], [1]]);
    const indices = ints(random, product(form), -size, size - 1);
    return {
      op,
      opset: 13,
      shapes: [shape],
      inputs: ["x0", "indices"],
      constants: [onnxTensor("indices", form, indices, "int64")],
      attributes: { axis },
    };
  }
  const [block, depth, h, w] = [2, random.int(1, 2), random.int(1, 3), random.int(1, 3)];
  const attributes: Record<string, AttributeValue> = { blocksize: block };
  if (op === "DepthToSpace") {
    maybe(random, attributes, "mode", () => random.pick(["DCR", "CRD"]));
    return {
      op,
      opset: 13,
      shapes: [[1, depth * 4, h, w]],
      inputs: ["x0"],
      constants: [],
      attributes,
    };
  }
  return {
    op,
    opset: 13,
    shapes: [[1, depth, h * 2, w * 2]],
    inputs: ["x0"],
    constants: [],
    attributes,
  };
};

/** CumSum and Trilu. */
export const triangle: CaseMaker = (random) => {
  const shape = ints(random, 3, 1, 5);
  if (random.next() < 0.5) {
    return {
      op: "Trilu",
      opset: 14,
      shapes: [shape],
      inputs: ["x0", ...(random.next() < 0.7 ? ["k"] : [])],
      constants: [onnxTensor("k", [], [random.int(-4, 4)], "int64")],
      attributes: random.pick([{}, { upper: 0 }, { upper: 1 }]),
    };
  }
  return {
    op: "CumSum",
    opset: 14,
    shapes: [shape],
    inputs: ["x0", "axis"],
    constants: [onnxTensor("axis", [], [random.int(-3, 2)], "int64")],
    attributes: random.pick([{}, { exclusive: 1 }, { reverse: 1 }, { reverse: 1, exclusive: 1 }]),
  };
};

/** Constants of shape [n] for the generators of other files. */
export const vector = (name: string, values: readonly number[]) =>
  onnxTensor(name, [values.length], values);

/** Random vectors. */
export const randomVector = (random: Parameters<CaseMaker>[0], name: string, size: number) =>
  vector(name, floats(random, size));
