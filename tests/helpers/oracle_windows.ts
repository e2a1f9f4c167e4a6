/** Random windows and sizes: Conv, ConvTranspose, pooling, Resize. See oracle_cases.ts. */
import { type CaseMaker, floats, ints, maybe, product } from "./oracle_case.ts";
import { type AttributeValue, onnxTensor } from "./onnx_builder.ts";
import type { Random } from "./random.ts";

/** Attributes of a sliding window over `rank` axes. */
function window(random: Random, rank: number, kernel: readonly number[], dilates: boolean) {
  const attributes: Record<string, AttributeValue> = {};
  maybe(random, attributes, "strides", () => ints(random, rank, 1, 3));
  if (dilates) maybe(random, attributes, "dilations", () => ints(random, rank, 1, 2));
  const mode = random.pick(["NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]);
  if (mode !== "NOTSET") {
    attributes.auto_pad = mode;
    // ONNX Runtime does not count dilations in, or refuses them.
    if (mode !== "VALID") delete attributes.dilations;
  } else {
    maybe(
      random,
      attributes,
      "pads",
      () => [...kernel, ...kernel].map((size) => random.int(0, size - 1)),
    );
  }
  return attributes;
}

/** Conv. */
export const conv: CaseMaker = (random) => {
  const rank = random.pick([1, 2, 2]);
  const groups = random.pick([1, 1, 2, 4]);
  const channels = groups * random.int(1, 2);
  const outputs = groups * random.int(1, 3);
  const kernel = ints(random, rank, 1, 3);
  const attributes = window(random, rank, kernel, true);
  if (groups > 1) attributes.group = groups;
  maybe(random, attributes, "kernel_shape", () => kernel);
  const shape = [outputs, channels / groups, ...kernel];
  const bias = random.next() < 0.5;
  return {
    op: "Conv",
    opset: random.pick([7, 11, 13]),
    shapes: [[random.int(1, 2), channels, ...ints(random, rank, 5, 8)]],
    inputs: ["x0", "w", ...(bias ? ["b"] : [])],
    constants: [
      onnxTensor("w", shape, floats(random, product(shape))),
      onnxTensor("b", [outputs], floats(random, outputs)),
    ],
    attributes,
  };
};

/** ConvTranspose. */
export const convTranspose: CaseMaker = (random) => {
  const rank = random.pick([1, 2, 2]);
  const groups = random.pick([1, 1, 2, 3]);
  const channels = groups * random.int(1, 2);
  const depth = random.int(1, 2);
  const kernel = ints(random, rank, 1, 4);
  const strides = random.pick([kernel, ints(random, rank, 1, 3)]);
  const attributes: Record<string, AttributeValue> = { strides };
  maybe(random, attributes, "dilations", () => ints(random, rank, 1, 2));
  maybe(
    random,
    attributes,
    "pads",
    () => [...kernel, ...kernel].map((size) => random.int(0, Math.max(size - 2, 0))),
  );
  maybe(
    random,
    attributes,
    "output_padding",
    () => strides.map((stride) => random.int(0, stride - 1)),
  );
  if (groups > 1) attributes.group = groups;
  const shape = [channels, depth, ...kernel];
  return {
    op: "ConvTranspose",
    opset: random.pick([7, 11]),
    shapes: [[random.int(1, 2), channels, ...ints(random, rank, 2, 4)]],
    inputs: ["x0", "w", ...(random.next() < 0.5 ? ["b"] : [])],
    constants: [
      onnxTensor("w", shape, floats(random, product(shape))),
      onnxTensor("b", [depth * groups], floats(random, depth * groups)),
    ],
    attributes,
  };
};

/** MaxPool and AveragePool. */
export const pool: CaseMaker = (random) => {
  const rank = random.pick([1, 2, 2, 3]);
  const op = random.pick(["MaxPool", "AveragePool"]);
  const kernel = ints(random, rank, 1, 3);
  const opset = op === "MaxPool" ? random.pick([8, 10, 12]) : random.pick([7, 10, 11]);
  const attributes = window(random, rank, kernel, op === "MaxPool" && opset >= 10);
  attributes.kernel_shape = kernel;
  if (opset >= 10) maybe(random, attributes, "ceil_mode", () => random.int(0, 1));
  if (op === "AveragePool") maybe(random, attributes, "count_include_pad", () => random.int(0, 1));
  return {
    op,
    opset,
    shapes: [[random.int(1, 2), random.int(1, 3), ...ints(random, rank, 5, 8)]],
    inputs: ["x0"],
    constants: [],
    attributes,
  };
};

/** Resize. */
export const resize: CaseMaker = (random) => {
  const sizes = random.next() < 0.5;
  const mode = random.pick(["nearest", "linear", "cubic"]);
  const shape = [1, random.int(1, 2), random.int(2, 5), random.int(2, 5)];
  const factors = [1, 1, random.pick([0.5, 0.7, 1, 1.6, 2, 3]), random.pick([0.6, 2, 2.5])];
  const targets = shape.map((dim, i) => i < 2 ? dim : random.int(1, 9));
  const attributes: Record<string, AttributeValue> = { mode };
  // With scales, ONNX Runtime aligns the corners of the rounded size; the standard's tests do not.
  const corners = sizes ? ["align_corners"] : [];
  const coordinates = ["half_pixel", "pytorch_half_pixel", "asymmetric", ...corners];
  maybe(random, attributes, "coordinate_transformation_mode", () => random.pick(coordinates));
  if (mode === "nearest") {
    maybe(
      random,
      attributes,
      "nearest_mode",
      () => random.pick(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]),
    );
  }
  if (mode === "cubic") {
    maybe(random, attributes, "exclude_outside", () => random.int(0, 1));
    maybe(random, attributes, "cubic_coeff_a", () => ({ float: -0.5 }));
  }
  const opset = random.pick([11, 13, 18]);
  if (opset === 18 && mode !== "nearest") {
    maybe(random, attributes, "antialias", () => random.int(0, 1));
  }
  return {
    op: "Resize",
    opset,
    shapes: [shape],
    inputs: [
      "x0",
      ...(opset === 11 ? ["none"] : [""]),
      ...(sizes ? [opset === 11 ? "none" : "", "sizes"] : ["scales"]),
    ],
    constants: [
      onnxTensor("none", [0], []),
      onnxTensor("scales", [4], factors),
      onnxTensor("sizes", [4], targets, "int64"),
    ],
    attributes,
  };
};
