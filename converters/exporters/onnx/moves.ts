/**
 * Operators that move values, and those between float32 and int8.
 * @module
 */
import { REDUCE_KINDS } from "../../../runtime/format/operators.ts";
import type { CoreNode } from "../../graph/graph.ts";
import { boundsOf, type Exporter } from "./exporter.ts";
import { commonOrder } from "./elementwise.ts";
import { behindReshape, behindTranspose, type Order, ownOrder, reorder } from "./layout.ts";
import { ratioOf } from "./steps.ts";

/** Transpose: the same value in another order. */
export function writeTranspose(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output, list } = node;
  if (exporter.isConstant(x)) {
    const inputs = [exporter.real(x, ownOrder(list.length))];
    const order = ownOrder(list.length);
    return exporter.write(node, { op: "Transpose", inputs, attributes: { perm: list }, order });
  }
  const { name, order } = exporter.value(x);
  exporter.alias(output, { name, order: behindTranspose(order, list) });
}

/**
 * Reshape, where the value lies if it can be. A picture that is flattened for FullyConnected stays
 * as it lies, too: the weights' columns are put into its order instead.
 */
export function writeReshape(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output } = node;
  const [from, to] = [exporter.shape(x), exporter.shape(output)];
  const order = exporter.orderOf(x);
  const found = behindReshape(from, to, order);
  const flat = !found && isFlattened(exporter, node);
  if (flat) {
    const inner = order.slice(1).map((axis) => axis - 1);
    exporter.columns.set(output, { shape: from.slice(1), order: inner });
  }
  const given = found || flat ? order : ownOrder(from.length);
  const made = found ?? ownOrder(to.length);
  const dims = BigInt64Array.from(reorder(to, made), BigInt);
  const shape = exporter.writer.constant(`${output}/shape`, "int64", [dims.length], dims);
  exporter.write(node, { op: "Reshape", inputs: [exporter.real(x, given), shape], order: made });
}

/** Whether a Reshape makes rows out of pictures, one each, and only FullyConnected take them. */
function isFlattened(exporter: Exporter, { inputs: [x], output }: CoreNode): boolean {
  const [from, to] = [exporter.shape(x), exporter.shape(output)];
  const takers = exporter.takers.get(output) ?? [];
  return to.length === 2 && from[0] === to[0] && exporter.orderOf(x)[0] === 0 &&
    !exporter.graph.outputs.includes(output) &&
    takers.every(({ op, inputs }) =>
      op === "FullyConnected" && inputs[0] === output && exporter.isConstant(inputs[1])
    );
}

/** Concat. */
export function writeConcat(exporter: Exporter, node: CoreNode): void {
  const order = commonOrder(exporter, node);
  exporter.write(node, {
    op: "Concat",
    inputs: node.inputs.map((name) => exporter.real(name, order)),
    attributes: { axis: order.indexOf(node.params.axis) },
    order,
  });
}

/** Slice. */
export function writeSlice(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output, list } = node;
  const order = exporter.orderOf(x);
  const rank = order.length;
  const sizes = reorder(exporter.shape(output), order);
  const begin = reorder(list.slice(0, rank), order);
  const step = reorder(list.slice(rank), order);
  // Backwards to the first element ends before it, which ONNX spells as a very negative number.
  const BEFORE_ALL = -(2 ** 31);
  const end = sizes.map((size, i) => {
    const stop = begin[i] + size * step[i];
    return stop < 0 ? BEFORE_ALL : stop;
  });
  const lists = Object.entries({ begin, end, axes: ownOrder(rank), step }).map(([key, values]) =>
    integers(exporter, `${output}/${key}`, values)
  );
  exporter.write(node, { op: "Slice", inputs: [exporter.real(x, order), ...lists], order });
}

/** Pad with a constant, which is in the tensor's own units. */
export function writePad(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output, list, params } = node;
  const order = exporter.orderOf(x);
  const after = exporter.shape(output).map((size, i) => size - exporter.shape(x)[i] - list[i]);
  const pads = integers(exporter, `${output}/pads`, [
    ...reorder(list, order),
    ...reorder(after, order),
  ]);
  const { quantization } = exporter.tensor(output);
  const real = exporter.isInt8(output) && quantization
    ? (params.value - quantization.zeroPoint) * quantization.scale
    : params.value;
  const value = exporter.writer.constant(`${output}/value`, "float32", [], Float32Array.of(real));
  exporter.write(node, { op: "Pad", inputs: [exporter.real(x, order), pads, value], order });
}

const REDUCE: Record<(typeof REDUCE_KINDS)[number], string> = {
  mean: "ReduceMean",
  sum: "ReduceSum",
  max: "ReduceMax",
  min: "ReduceMin",
  l2: "ReduceL2",
};

/** Reduce over some dimensions, keeping or dropping them. */
export function writeReduce(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output, list, params } = node;
  const kind = REDUCE_KINDS[params.kind];
  const [from, to] = [exporter.shape(x), exporter.shape(output)];
  const keepdims = from.length === to.length ? 1 : 0;
  const given = exporter.orderOf(x);
  const kept = (order: Order) => order.filter((axis) => !list.includes(axis));
  const ascending = kept(given).every((axis, i, all) => i === 0 || all[i - 1] < axis);
  const order = keepdims || ascending ? given : ownOrder(from.length);
  const axes = list.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
  const real = exporter.real(x, order);
  // ReduceSum takes its axes as an input since operator set 13, the others since 18.
  const asInput = kind === "sum";
  exporter.write(node, {
    op: REDUCE[kind],
    inputs: asInput ? [real, integers(exporter, `${output}/axes`, axes)] : [real],
    attributes: asInput ? { keepdims } : { axes, keepdims },
    order: keepdims ? order : ownOrder(to.length),
  });
}

/** MatMul of the last two dimensions. */
export function writeMatMul(exporter: Exporter, node: CoreNode): void {
  const inputs = node.inputs.map((name) =>
    exporter.real(name, ownOrder(exporter.shape(name).length))
  );
  exporter.write(node, {
    op: "MatMul",
    inputs,
    order: ownOrder(exporter.shape(node.output).length),
  });
}

/** Quantize. */
export function writeQuantize(exporter: Exporter, node: CoreNode): void {
  const { inputs: [x], output, params } = node;
  const order = exporter.orderOf(x);
  const { scale } = exporter.tensor(output).quantization!;
  const ratio = ratioOf(params.factor, 1 / scale);
  exporter.store(output, exporter.real(x, order), order, boundsOf(node), scale / ratio);
}

/** Dequantize. */
export function writeDequantize(exporter: Exporter, { inputs: [x], output }: CoreNode): void {
  const order = exporter.orderOf(x);
  exporter.alias(output, { name: exporter.real(x, order), order });
}

function integers(exporter: Exporter, name: string, values: readonly number[]): string {
  return exporter.writer.constant(
    name,
    "int64",
    [values.length],
    BigInt64Array.from(values, BigInt),
  );
}
