/** Random operators that compute. See oracle_cases.ts. */
import { type CaseMaker, floats, ints, maybe, product } from "./oracle_case.ts";
import { type AttributeValue, onnxTensor } from "./onnx_builder.ts";

/** Softmax, LogSoftmax and Hardmax. */
export const softmax: CaseMaker = (random) => {
  const attributes: Record<string, AttributeValue> = {};
  const op = random.pick(["Softmax", "LogSoftmax", "Hardmax"]);
  maybe(random, attributes, "axis", () => random.int(-3, 2));
  return {
    op,
    opset: random.pick([7, 11, 13]),
    shapes: [ints(random, 3, 1, 5)],
    inputs: ["x0"],
    constants: [],
    attributes: Number(attributes.axis) < 0 ? {} : attributes,
  };
};

/** Reductions. */
export const reduce: CaseMaker = (random) => {
  const op = random.pick([
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSumExp",
  ]);
  const opset = random.pick([11, 13, 18]);
  const rank = random.int(1, 4);
  const axes = [0, 1, 2, 3].slice(0, rank).filter(() => random.next() < 0.5);
  const input = op === "ReduceSum" ? opset >= 13 : opset >= 18;
  const attributes: Record<string, AttributeValue> = {};
  maybe(random, attributes, "keepdims", () => random.int(0, 1));
  const given = axes.length > 0;
  if (given && !input) attributes.axes = axes.map((axis) => random.pick([axis, axis - rank]));
  return {
    op,
    opset,
    shapes: [ints(random, rank, 1, 5)],
    inputs: given && input ? ["x0", "axes"] : ["x0"],
    constants: [onnxTensor("axes", [axes.length], axes, "int64")],
    attributes,
  };
};

/** Two operands. */
export const binary: CaseMaker = (random) => {
  const op = random.pick(["Add", "Sub", "Mul", "Div", "PRelu", "MatMul"]);
  if (op === "MatMul") return matMul(random);
  const shape = ints(random, random.int(1, 4), 1, 4);
  const other = shape.slice(random.int(0, shape.length)).map((dim) => random.pick([dim, 1]));
  const swap = op !== "PRelu" && random.next() < 0.5;
  const constant = random.next() < 0.3;
  return {
    op,
    opset: random.pick([7, 13]),
    shapes: constant ? [shape] : swap ? [other, shape] : [shape, other],
    inputs: constant ? (swap ? ["c", "x0"] : ["x0", "c"]) : ["x0", "x1"],
    constants: [onnxTensor("c", other, floats(random, product(other)))],
    attributes: {},
  };
};

const matMul: CaseMaker = (random) => {
  const [m, k, n] = ints(random, 3, 1, 5);
  const batch = ints(random, random.int(0, 2), 1, 3);
  const a = random.pick([[k], [m, k], [...batch, m, k]]);
  const b = random.pick([[k], [k, n], [...batch.map((dim) => random.pick([dim, 1])), k, n]]);
  const constant = random.next() < 0.4;
  return {
    op: "MatMul",
    opset: random.pick([9, 13]),
    shapes: constant ? [a] : [a, b],
    inputs: ["x0", constant ? "w" : "x1"],
    constants: [onnxTensor("w", b, floats(random, product(b)))],
    attributes: {},
  };
};

/** Gemm. */
export const gemm: CaseMaker = (random) => {
  const [m, k, n] = ints(random, 3, 1, 5);
  const [transA, transB] = ints(random, 2, 0, 1);
  const a = transA ? [k, m] : [m, k];
  const b = transB ? [n, k] : [k, n];
  const c = random.pick([[], [n], [1, n], [m, 1], [m, n]]);
  const attributes: Record<string, AttributeValue> = {};
  maybe(random, attributes, "alpha", () => ({ float: 0.5 }));
  maybe(random, attributes, "beta", () => ({ float: 2 }));
  if (transA) attributes.transA = 1;
  if (transB) attributes.transB = 1;
  const constant = random.next() < 0.6;
  return {
    op: "Gemm",
    opset: random.pick([7, 11, 13]),
    shapes: constant ? [a] : [a, b],
    inputs: ["x0", constant ? "w" : "x1", "c"],
    constants: [
      onnxTensor("w", b, floats(random, product(b))),
      onnxTensor("c", c, floats(random, product(c))),
    ],
    attributes,
  };
};
