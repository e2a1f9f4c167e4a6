/**
 * Operators that compute element by element.
 * @module
 */
import { UNARY_KINDS } from "../../../runtime/format/operators.ts";
import type { CoreNode } from "../../graph/graph.ts";
import { boundsOf, type Exporter } from "./exporter.ts";
import { type Order, ownOrder } from "./layout.ts";
import { type Attributes, DATA_TYPES } from "./proto_writer.ts";
import { ratioOf } from "./steps.ts";

/** The order that a node with broadcast operands is best written in: the largest activation's. */
export function commonOrder(exporter: Exporter, { inputs, output }: CoreNode): Order {
  const rank = exporter.shape(output).length;
  const full = inputs
    .filter((name) => !exporter.isConstant(name) && exporter.shape(name).length === rank)
    .map((name) => ({
      order: exporter.value(name).order,
      size: exporter.shape(name).reduce((a, b) => a * b, 1),
    }));
  return full.sort((a, b) => b.size - a.size)[0]?.order ?? ownOrder(rank);
}

/** Add with its two factors: Add, Sub, or Neg of Add. */
export function writeAdd(exporter: Exporter, node: CoreNode): void {
  const { factorA, factorB } = node.params;
  const order = commonOrder(exporter, node);
  const [a, b] = [factorA, factorB].map((factor, i) =>
    scaled(exporter, node, i, Math.abs(factor), order)
  );
  const bounds = boundsOf(node);
  if (factorA < 0 && factorB < 0) {
    const { writer } = exporter;
    const sum = writer.node(`${node.name}/Add`, "Add", [a, b], writer.fresh(`${node.output}/sum`));
    return exporter.write(node, { op: "Neg", inputs: [sum], order, bounds });
  }
  const inputs = factorA < 0 ? [b, a] : [a, b];
  const op = factorA < 0 || factorB < 0 ? "Sub" : "Add";
  exporter.write(node, { op, inputs, order, bounds });
}

/** Operand `i` times a factor that is not negative. */
function scaled(
  exporter: Exporter,
  { name, inputs, output }: CoreNode,
  i: number,
  factor: number,
  order: Order,
): string {
  const { quantization } = exporter.tensor(inputs[i]);
  const { writer } = exporter;
  if (exporter.isInt8(inputs[i]) && quantization && factor > 0) {
    const scale = exporter.tensor(output).quantization?.scale ?? 1;
    return exporter.real(inputs[i], order, ratioOf(factor, quantization.scale / scale));
  }
  const real = exporter.real(inputs[i], order);
  if (factor === 1) return real;
  const wanted = `${output}/factor${"AB"[i]}`;
  const constant = writer.constant(wanted, "float32", [], Float32Array.of(factor));
  return writer.node(`${name}/Mul`, "Mul", [real, constant], writer.fresh(`${wanted}/scaled`));
}

/** Mul; a factor other than the scales' goes to what the first operand's integers stand for. */
export function writeMul(exporter: Exporter, node: CoreNode): void {
  const { inputs: [a, b], output, params } = node;
  const order = commonOrder(exporter, node);
  const scaleOf = (name: string) => exporter.tensor(name).quantization?.scale ?? 1;
  const natural = scaleOf(a) * scaleOf(b) / scaleOf(output);
  const ratio = exporter.isInt8(a) ? ratioOf(params.factor, natural) : 1;
  const inputs = [exporter.real(a, order, ratio), exporter.real(b, order)];
  exporter.write(node, { op: "Mul", inputs, order, bounds: boundsOf(node) });
}

/** Div, Maximum, Minimum, Pow. */
export function writeBinary(op: string): (exporter: Exporter, node: CoreNode) => void {
  return (exporter, node) => {
    const order = commonOrder(exporter, node);
    const inputs = node.inputs.map((name) => exporter.real(name, order));
    exporter.write(node, { op, inputs, order });
  };
}

type Unary = (typeof UNARY_KINDS)[number];

/** ONNX's operator for each function, and what its parameters are called there. */
const UNARY: Record<Unary, { op: string; attributes?: readonly string[] }> = {
  relu: { op: "Relu" },
  clip: { op: "Clip" },
  leakyRelu: { op: "LeakyRelu", attributes: ["alpha"] },
  elu: { op: "Elu", attributes: ["alpha"] },
  sigmoid: { op: "Sigmoid" },
  hardSigmoid: { op: "HardSigmoid", attributes: ["alpha", "beta"] },
  hardSwish: { op: "HardSwish" },
  tanh: { op: "Tanh" },
  exp: { op: "Exp" },
  log: { op: "Log" },
  sqrt: { op: "Sqrt" },
  abs: { op: "Abs" },
  neg: { op: "Neg" },
  erf: { op: "Erf" },
  softplus: { op: "Softplus" },
  reciprocal: { op: "Reciprocal" },
  floor: { op: "Floor" },
  ceil: { op: "Ceil" },
  round: { op: "Round" },
};

/** Unary, or a Table that stands for one. */
export function writeUnary(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output, params } = node;
  const kind = UNARY_KINDS[params.kind];
  const { op, attributes = [] } = UNARY[kind];
  const order = exporter.orderOf(x);
  const limits = kind === "clip"
    ? [params.alpha, params.beta].map((limit, i) =>
      exporter.writer.constant(
        `${output}/${i ? "high" : "low"}`,
        "float32",
        [],
        Float32Array.of(limit),
      )
    )
    : [];
  exporter.write(node, {
    op,
    inputs: [exporter.real(x, order), ...limits],
    attributes: Object.fromEntries(
      attributes.map((name): [string, Attributes[string]] => [name, { float: params[name] }]),
    ),
    order,
  });
}

/** Table: the function that it was made of where that is known, else a lookup. */
export function writeTable(exporter: Exporter, node: CoreNode): void {
  const origin = exporter.functions.get(node.name);
  if (origin) return writeUnary(exporter, { ...node, inputs: [node.inputs[0]], params: origin });
  const { inputs: [x, table], name, output } = node;
  const { writer } = exporter;
  const { name: from, order } = exporter.value(x);
  const wide = writer.node(`${name}/Cast`, "Cast", [from], writer.fresh(`${output}/wide`), {
    to: DATA_TYPES.int32,
  });
  const offset = writer.constant(`${output}/offset`, "int32", [], Int32Array.of(128));
  const place = writer.fresh(`${output}/place`);
  writer.node(`${name}/Add`, "Add", [wide, offset], place);
  // What the integers stand for is looked up, so that a QuantizeLinear follows as everywhere.
  const { scale, zeroPoint } = exporter.tensor(output).quantization ?? { scale: 1, zeroPoint: 0 };
  const reals = Float32Array.from(
    exporter.tensor(table).data as Int8Array,
    (q) => (q - zeroPoint) * scale,
  );
  const entries = writer.constant(table, "float32", [reals.length], reals);
  exporter.write(node, { op: "Gather", inputs: [entries, place], order });
}

/** Softmax or LogSoftmax over the last dimension, wherever that lies. */
export function writeSoftmax(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], params } = node;
  const order = exporter.orderOf(x);
  const axis = order.indexOf(order.length - 1);
  const op = params.log ? "LogSoftmax" : "Softmax";
  exporter.write(node, { op, inputs: [exporter.real(x, order)], attributes: { axis }, order });
}
