/** Random small ONNX models of what stands in exported networks, for properties of whole graphs. */
import type { NodeProto, TensorProto } from "onnx-buf";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "./onnx_builder.ts";
import type { AttributeValue } from "./onnx_builder.ts";
import type { Random } from "./random.ts";

/** A value of the model so far. */
interface Value {
  name: string;
  shape: number[];
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** A model while it grows. */
class Growing {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  readonly values: Value[];
  readonly random: Random;

  constructor(random: Random, input: Value) {
    this.random = random;
    this.values = [input];
  }

  constant(shape: number[], low = -1): string {
    const name = `w${this.constants.length}`;
    const values = Array.from(
      { length: size(shape) },
      () => Math.fround(low + this.random.next() * 1.5),
    );
    this.constants.push(onnxTensor(name, shape, values));
    return name;
  }

  integers(values: readonly number[]): string {
    const name = `i${this.constants.length}`;
    this.constants.push(onnxTensor(name, [values.length], values, "int64"));
    return name;
  }

  add(
    op: string,
    inputs: string[],
    shape: number[],
    attributes: Record<string, AttributeValue> = {},
  ): Value {
    const value = { name: `v${this.nodes.length}`, shape };
    this.nodes.push(onnxNode(op, inputs, [value.name], attributes));
    this.values.push(value);
    return value;
  }
}

type Step = (model: Growing, x: Value) => void;

const PICTURE_STEPS: readonly Step[] = [
  function conv(model, { name, shape: [n, c, h, w] }) {
    const { random } = model;
    const [outputs, kernel] = [random.int(1, 4), random.pick([1, 3])];
    const depthwise = random.next() < 0.3;
    const weights = depthwise ? [c, 1, kernel, kernel] : [outputs, c, kernel, kernel];
    const inputs = [name, model.constant(weights)];
    if (random.next() < 0.5) inputs.push(model.constant([weights[0]]));
    const pads = new Array(4).fill(kernel >> 1);
    model.add("Conv", inputs, [n, weights[0], h, w], { pads, group: depthwise ? c : 1 });
  },
  function normalize(model, { name, shape }) {
    const [scale, bias, mean] = [0, 1, 2].map(() => model.constant([shape[1]]));
    const inputs = [name, scale, bias, mean, model.constant([shape[1]], 0.3)];
    model.add("BatchNormalization", inputs, shape);
  },
  function pad(model, { name, shape: [n, c, h, w] }) {
    if (h > 12) return;
    const pads = model.integers([0, 0, 1, 0, 0, 0, 1, 2]);
    model.add("Pad", [name, pads], [n, c, h + 2, w + 2]);
  },
  function pool(model, { name, shape: [n, c, h, w] }) {
    if (h < 2 || w < 2) return;
    const op = model.random.pick(["MaxPool", "AveragePool"]);
    model.add(op, [name], [n, c, h - 1, w - 1], { kernel_shape: [2, 2] });
  },
  function squeezeAndExcite(model, x) {
    const [n, c] = x.shape;
    const mean = model.add("GlobalAveragePool", [x.name], [n, c, 1, 1]);
    const weights = model.constant([c, c, 1, 1]);
    const squeezed = model.add("Conv", [mean.name, weights], [n, c, 1, 1]);
    const gate = model.add(model.random.pick(["Sigmoid", "Relu"]), [squeezed.name], [n, c, 1, 1]);
    model.add("Mul", [x.name, gate.name], x.shape);
  },
];

const ANY_STEPS: readonly Step[] = [
  function activate(model, { name, shape }) {
    const op = model.random.pick(["Relu", "Sigmoid", "LeakyRelu", "Neg", "Softplus"]);
    model.add(op, [name], shape);
  },
  function clip(model, { name, shape }) {
    model.constants.push(onnxTensor(`lo${model.nodes.length}`, [], [-0.5]));
    model.constants.push(onnxTensor(`hi${model.nodes.length}`, [], [0.5]));
    const bounds = [`lo${model.nodes.length}`, `hi${model.nodes.length}`];
    model.add("Clip", [name, ...bounds], shape);
  },
  function transpose(model, { name, shape }) {
    const perm = shape.map((_, axis) => axis);
    for (let i = perm.length - 1; i > 0; i--) {
      const k = model.random.int(0, i);
      [perm[i], perm[k]] = [perm[k], perm[i]];
    }
    model.add("Transpose", [name], perm.map((axis) => shape[axis]), { perm });
  },
  function reshape(model, { name, shape }) {
    const total = size(shape);
    const { random } = model;
    const target = random.pick([
      [1, total],
      [total],
      [1, ...shape],
      shape.filter((dim) => dim > 1),
      [shape[0], 1, 1, total / shape[0]],
    ]);
    if (target.length > 5 || target.length === 0) return;
    model.add("Reshape", [name, model.integers(target)], target);
  },
  function combine(model, { name, shape }) {
    const { random } = model;
    const op = random.pick(["Add", "Sub", "Mul", "Max"]);
    const other = model.values.find((value) =>
      value.name !== name && value.shape.join() === shape.join()
    );
    const operand = other && random.next() < 0.6
      ? other.name
      : model.constant(random.pick([[], shape.slice(-1), shape.map((d, i) => i === 1 ? d : 1)]));
    model.add(op, random.next() < 0.5 ? [name, operand] : [operand, name], shape);
  },
  function concat(model, { name, shape }) {
    if (size(shape) > 600) return;
    const axis = model.random.int(0, shape.length - 1);
    const joined = shape.map((dim, i) => i === axis ? dim * 2 : dim);
    model.add("Concat", [name, name], joined, { axis });
  },
  function slice(model, { name, shape }) {
    const axis = model.random.int(0, shape.length - 1);
    const [start, end] = shape[axis] > 1 ? [1, shape[axis]] : [0, 1];
    const inputs = [name, ...[[start], [end], [axis]].map((list) => model.integers(list))];
    model.add("Slice", inputs, shape.map((dim, i) => i === axis ? end - start : dim));
  },
  function reduce(model, { name, shape }) {
    const axis = model.random.int(0, shape.length - 1);
    const keepdims = model.random.int(0, 1);
    if (shape.length === 1 && keepdims === 0) return;
    const kept = shape.flatMap((dim, i) => i === axis ? keepdims ? [1] : [] : [dim]);
    const op = model.random.pick(["ReduceMean", "ReduceMax"]);
    model.add(op, [name], kept, { axes: [axis], keepdims });
  },
  function softmax(model, { name, shape }) {
    model.add("Softmax", [name], shape, { axis: model.random.int(0, shape.length - 1) });
  },
  function dense(model, { name, shape }) {
    const depth = shape.at(-1)!;
    const outputs = model.random.int(1, 4);
    const product = model.add("MatMul", [name, model.constant([depth, outputs])], [
      ...shape.slice(0, -1),
      outputs,
    ]);
    if (model.random.next() < 0.5) {
      model.add("Add", [product.name, model.constant([outputs])], product.shape);
    }
  },
];

/** Bytes of a model of some `steps` operators on x[1,C,H,W], with one to three outputs. */
export function randomModel(random: Random, steps: number): Uint8Array<ArrayBuffer> {
  const shape = [1, random.int(1, 4), random.int(2, 6), random.int(2, 6)];
  const model = new Growing(random, { name: "x", shape });
  for (let i = 0; i < steps; i++) {
    const x = random.next() < 0.8 ? model.values.at(-1)! : random.pick(model.values);
    const picture = x.shape.length === 4 && random.next() < 0.6;
    random.pick(picture ? PICTURE_STEPS : ANY_STEPS)(model, x);
  }
  if (model.nodes.length === 0) return randomModel(random, steps);
  const made = model.values.slice(1).map(({ name }) => name);
  const outputs = new Set([made.at(-1)!]);
  if (random.next() < 0.4) outputs.add(random.pick(made));
  if (random.next() < 0.2) outputs.add(random.pick(made));
  return onnxModel({
    nodes: model.nodes,
    inputs: [onnxInput("x", shape)],
    outputs: [...outputs],
    initializers: model.constants,
    opset: 13,
  });
}
