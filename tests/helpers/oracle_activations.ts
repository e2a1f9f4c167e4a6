/** Random activations, normalizations, comparisons and recurrent operators. See oracle_cases.ts. */
import { type CaseMaker, floats, ints, maybe, product } from "./oracle_case.ts";
import { type AttributeValue, onnxTensor } from "./onnx_builder.ts";
import { randomVector, vector } from "./oracle_shapes.ts";

/** Functions of single elements with the attributes they take. */
const UNARY: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  LeakyRelu: ["alpha"],
  Elu: ["alpha"],
  Selu: ["alpha", "gamma"],
  Celu: ["alpha"],
  ThresholdedRelu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  HardSwish: [],
  Sigmoid: [],
  Tanh: [],
  Softplus: [],
  Softsign: [],
  Shrink: ["lambd", "bias"],
  Exp: [],
  Abs: [],
  Neg: [],
  Sign: [],
  Erf: [],
  Floor: [],
  Ceil: [],
  Round: [],
};

/** Functions of single elements. */
export const unary: CaseMaker = (random) => {
  const op = random.pick(Object.keys(UNARY));
  const attributes: Record<string, AttributeValue> = {};
  for (const name of UNARY[op]) {
    maybe(random, attributes, name, () => ({ float: Math.fround(0.1 + random.next()) }));
  }
  return {
    op,
    opset: 14,
    shapes: [ints(random, random.int(0, 4), 1, 4)],
    inputs: ["x0"],
    constants: [],
    attributes,
  };
};

/** Circular and hyperbolic functions, where they have values. */
export const trigonometry: CaseMaker = (random) => ({
  op: random.pick("Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh".split(" ")),
  opset: 9,
  shapes: [ints(random, random.int(0, 4), 1, 4)],
  inputs: ["x0"],
  constants: [],
  attributes: {},
});

/** Clip in its three forms. */
export const clip: CaseMaker = (random) => {
  const opset = random.pick([7, 11, 13]);
  const [low, high] = [-random.next(), random.next()].map(Math.fround);
  const attributes: Record<string, AttributeValue> = {};
  if (opset < 11) {
    maybe(random, attributes, "min", () => ({ float: low }));
    maybe(random, attributes, "max", () => ({ float: high }));
  }
  const inputs = random.pick([["x0"], ["x0", "min"], ["x0", "", "max"], ["x0", "min", "max"]]);
  return {
    op: "Clip",
    opset,
    shapes: [[2, 5]],
    inputs: opset < 11 ? ["x0"] : inputs,
    constants: [onnxTensor("min", [], [low]), onnxTensor("max", [], [high])],
    attributes,
  };
};

/** Normalizations. */
export const normalization: CaseMaker = (random) => {
  const op = random.pick([
    "BatchNormalization",
    "InstanceNormalization",
    "LayerNormalization",
    "LRN",
    "LpNormalization",
    "MeanVarianceNormalization",
  ]);
  const shape = [random.int(1, 2), random.int(1, 5), random.int(2, 4), random.int(2, 4)];
  const base = { op, opset: 17, shapes: [shape], inputs: ["x0"], constants: [], attributes: {} };
  const channels = shape[1];
  const scale = randomVector(random, "scale", channels);
  const bias = randomVector(random, "bias", channels);
  const epsilon = random.pick([{}, { epsilon: { float: 0.01 } }]);
  switch (op) {
    case "BatchNormalization":
      return {
        ...base,
        opset: random.pick([7, 9, 14, 15]),
        shapes: [random.pick([shape, shape.slice(0, 2), shape.slice(0, 3)])],
        inputs: ["x0", "scale", "bias", "mean", "variance"],
        constants: [
          scale,
          bias,
          randomVector(random, "mean", channels),
          vector("variance", floats(random, channels).map((x) => Math.fround(Math.abs(x) + 0.1))),
        ],
        attributes: epsilon,
      };
    case "InstanceNormalization":
      return {
        ...base,
        inputs: ["x0", "scale", "bias"],
        constants: [scale, bias],
        attributes: epsilon,
      };
    case "LayerNormalization": {
      const axis = random.int(-4, 3);
      const inner = shape.slice((axis + 4) % 4);
      return {
        ...base,
        inputs: random.pick([["x0", "s"], ["x0", "s", "b"]]),
        constants: [
          onnxTensor("s", inner, floats(random, product(inner))),
          onnxTensor("b", inner, floats(random, product(inner))),
        ],
        attributes: { axis, ...epsilon },
      };
    }
    case "LRN": {
      const attributes: Record<string, AttributeValue> = { size: random.pick([1, 3, 5]) };
      maybe(random, attributes, "alpha", () => ({ float: 0.1 }));
      maybe(random, attributes, "beta", () => ({ float: 0.5 }));
      maybe(random, attributes, "bias", () => ({ float: 2 }));
      return { ...base, attributes };
    }
    case "LpNormalization":
      return { ...base, attributes: { axis: random.int(-4, 3), p: random.int(1, 2) } };
    default:
      return { ...base, attributes: random.pick([{}, { axes: [0, 2, 3] }, { axes: [2, 3] }]) };
  }
};

/** Largest places and comparisons, as floats. */
export const argMax: CaseMaker = (random) => {
  const attributes: Record<string, AttributeValue> = {};
  maybe(random, attributes, "axis", () => random.int(-3, 2));
  maybe(random, attributes, "keepdims", () => random.int(0, 1));
  maybe(random, attributes, "select_last_index", () => random.int(0, 1));
  return {
    op: random.pick(["ArgMax", "ArgMin"]),
    opset: 13,
    shapes: [ints(random, 3, 1, 5)],
    inputs: ["x0"],
    constants: [],
    attributes,
    // Whole numbers, so that there are ties.
    whole: true,
  };
};

/** Comparisons. */
export const compare: CaseMaker = (random) => ({
  op: random.pick(["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"]),
  opset: 13,
  shapes: [[3, 4], random.pick([[3, 4], [4], [3, 1], []])],
  inputs: ["x0", "x1"],
  constants: [],
  attributes: {},
  whole: true,
});

const GATES = { RNN: 1, GRU: 3, LSTM: 4 };

/** LSTM, GRU and RNN. */
export const recurrent: CaseMaker = (random) => {
  const op = random.pick(["RNN", "GRU", "LSTM"] as const);
  const [steps, batch, depth, hidden] = [random.int(1, 4), random.int(1, 3), 2, 3];
  const direction = random.pick(["forward", "reverse", "bidirectional"]);
  const ways = direction === "bidirectional" ? 2 : 1;
  const gates = GATES[op];
  const attributes: Record<string, AttributeValue> = { hidden_size: hidden, direction };
  if (op === "GRU") maybe(random, attributes, "linear_before_reset", () => random.int(0, 1));
  maybe(random, attributes, "clip", () => ({ float: 0.4 }));
  const [bias, lengths, state, peep] = [0, 1, 2, 3].map(() => random.next() < 0.5);
  const tensor = (name: string, shape: number[]) =>
    onnxTensor(name, shape, floats(random, product(shape)));
  const inputs = [
    "x0",
    "w",
    "r",
    bias ? "b" : "",
    lengths ? "lengths" : "",
    state ? "h" : "",
    ...(op === "LSTM" ? [state ? "c" : "", peep ? "p" : ""] : []),
  ];
  while (inputs.at(-1) === "") inputs.pop();
  const sizes = Array.from({ length: batch }, () => random.int(1, steps));
  return {
    op,
    opset: random.pick([7, 14]),
    shapes: [[steps, batch, depth]],
    inputs,
    constants: [
      tensor("w", [ways, gates * hidden, depth]),
      tensor("r", [ways, gates * hidden, hidden]),
      tensor("b", [ways, 2 * gates * hidden]),
      onnxTensor("lengths", [batch], sizes, "int32"),
      tensor("h", [ways, batch, hidden]),
      tensor("c", [ways, batch, hidden]),
      tensor("p", [ways, 3 * hidden]),
    ],
    attributes,
    outputs: random.pick(
      [["y"], ["y", "y_h"], ["", "y"], ["", "y_h", "y"]].slice(0, op === "LSTM" ? 4 : 3),
    ),
  };
};
