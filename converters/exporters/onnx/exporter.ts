/**
 * A core graph on its way to ONNX: which ONNX value stands for which tensor, in which order of
 * dimensions, and the QuantizeLinear and DequantizeLinear around what is computed.
 * @module
 */
import type { CoreGraph, CoreNode, Tensor } from "../../graph/graph.ts";
import { type ConstantForm, dequantize, writeConstant } from "./constants.ts";
import { type Order, ownOrder, permBetween, reorder, sameBytes, sameOrder } from "./layout.ts";
import { type Attributes, type Port, ProtoWriter } from "./proto_writer.ts";
import { realSteps } from "./steps.ts";

/** An ONNX value. */
export interface Value {
  name: string;
  order: Order;
}

/** Bounds of a node's output, in the output tensor's own units. */
export interface Bounds {
  min: number;
  max: number;
}

/** Bounds of a node that has some. */
export function boundsOf({ params: { min, max } }: CoreNode): Bounds {
  return { min, max };
}

/** How a node is to be written. */
export interface NodeForm {
  op: string;
  /** Names of ONNX values. */
  inputs: readonly string[];
  attributes?: Attributes;
  /** Order of the output's dimensions. */
  order: Order;
  bounds?: Bounds;
}

/** Holds what is known of a graph while its nodes are written one by one. */
export class Exporter {
  readonly writer: ProtoWriter;
  readonly #values = new Map<string, Value>();
  readonly #reordered = new Map<string, string>();
  /** Nodes that take each tensor. */
  readonly takers = new Map<string, CoreNode[]>();
  /**
   * Rows [N, K] whose columns lie in the order of the picture they were flattened from, by tensor:
   * the picture's shape without N, and the order of its dimensions.
   */
  readonly columns = new Map<string, { shape: readonly number[]; order: Order }>();

  /** @param functions parameters of the Unary that a Table was made of, by the node's name. */
  constructor(
    readonly graph: CoreGraph,
    readonly functions: ReadonlyMap<string, Record<string, number>>,
  ) {
    this.writer = new ProtoWriter([...graph.inputs, ...graph.outputs]);
    for (const name of graph.inputs) {
      this.#values.set(name, { name, order: ownOrder(this.shape(name).length) });
    }
    for (const node of graph.nodes) {
      for (const name of node.inputs) {
        this.takers.set(name, [...this.takers.get(name) ?? [], node]);
      }
    }
  }

  /** A tensor of the graph. */
  tensor(name: string): Tensor {
    return this.graph.tensors.get(name)!;
  }

  /** Shape of a tensor, in its own order. */
  shape(name: string): readonly number[] {
    return this.tensor(name).shape!;
  }

  /** Whether a tensor is a constant. */
  isConstant(name: string): boolean {
    return this.tensor(name).data !== undefined;
  }

  /** Whether a tensor holds int8 activations. */
  isInt8(name: string): boolean {
    return this.tensor(name).dtype === "int8";
  }

  /** The value that stands for an activation. */
  value(name: string): Value {
    return this.#values.get(name)!;
  }

  /** The order that a tensor lies in; a constant can lie in any. */
  orderOf(name: string): Order {
    return this.#values.get(name)?.order ?? ownOrder(this.shape(name).length);
  }

  /** Makes a value stand for an activation that needs no node of its own. */
  alias(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /**
   * Name of a float32 value of a tensor in some order of its dimensions, which may be more than it
   * has: then ones are put before them.
   * @param ratio multiplies what int8 activations stand for.
   */
  real(name: string, order: Order, ratio = 1): string {
    const shape = this.shape(name);
    const padded = [...new Array<number>(order.length - shape.length).fill(1), ...shape];
    if (this.isConstant(name)) return this.constant(name, { shape: padded, order, ratio });
    const missing = order.length - shape.length;
    if (missing > 0) {
      const own = this.#dequantized(name, this.#inOrder(name, ownOrder(shape.length)), ratio);
      return this.reshape(own, reorder(padded, order), `${name}/broadcast`);
    }
    return this.#dequantized(name, this.#inOrder(name, order), ratio);
  }

  /** Name of a float32 value of a constant. */
  constant(name: string, form: ConstantForm = {}): string {
    return writeConstant(this.writer, this.tensor(name), form);
  }

  /** A Reshape of any value; gives the new one's name. */
  reshape(from: string, dims: readonly number[], wanted: string, output?: string): string {
    const shape = BigInt64Array.from(dims, BigInt);
    const inputs = [from, this.writer.constant(`${wanted}/shape`, "int64", [dims.length], shape)];
    return this.writer.node(
      `${wanted}/Reshape`,
      "Reshape",
      inputs,
      output ?? this.writer.fresh(wanted),
    );
  }

  /** Writes a node that computes in float32, with what has to stand behind it. */
  write({ name, output }: CoreNode, form: NodeForm): void {
    const { op, inputs, attributes, order, bounds } = form;
    const { writer } = this;
    if (this.isInt8(output)) {
      const real = writer.node(name, op, inputs, writer.fresh(`${output}/computed`), attributes);
      return this.store(output, real, order, bounds);
    }
    const activation = bounds && activationOf(bounds);
    const made = writer.fresh(activation ? `${output}/unbounded` : output);
    writer.node(name, op, inputs, made, attributes);
    if (!activation) return this.alias(output, { name: made, order });
    const limits = [made, ...this.#limits(output, activation.limits)];
    const bounded = writer.node(
      `${name}/${activation.op}`,
      activation.op,
      limits,
      writer.fresh(output),
    );
    this.alias(output, { name: bounded, order });
  }

  /**
   * Makes the QuantizeLinear of a float32 value stand for an int8 activation. It saturates, so only
   * bounds narrower than int8 need a Clip.
   * @param scale where it is not the tensor's own.
   */
  store(tensor: string, from: string, order: Order, bounds?: Bounds, scale?: number): void {
    const bounded = bounds && (bounds.min > -128 || bounds.max < 127) ? bounds : null;
    const made = this.#quantize(from, tensor, bounded ? `${tensor}/unbounded` : tensor, scale);
    if (!bounded) return this.alias(tensor, { name: made, order });
    const { writer } = this;
    const limits = [bounded.min, bounded.max].map((limit, i) =>
      writer.constant(`${tensor}/${i ? "max" : "min"}`, "int8", [], Int8Array.of(limit))
    );
    const name = writer.node(`${tensor}/Clip`, "Clip", [made, ...limits], writer.fresh(tensor));
    this.alias(tensor, { name, order });
  }

  /** Gives the model's outputs in their own order, under their own names. */
  finish(version: string): Uint8Array<ArrayBuffer> {
    const { graph, writer } = this;
    const named = new Set(graph.inputs);
    for (const output of graph.outputs) {
      const { name, order } = this.value(output);
      const own = ownOrder(order.length);
      if (!sameOrder(order, own)) {
        this.#move(name, order, own, this.shape(output), output, output);
      } else if (named.has(name)) {
        writer.node(`${output}/Identity`, "Identity", [name], output);
      } else writer.rename(name, output);
      named.add(name);
    }
    const port = (name: string): Port => ({
      name,
      shape: this.shape(name),
      type: this.isInt8(name) ? "int8" : "float32",
    });
    const [inputs, outputs] = [graph.inputs.map(port), graph.outputs.map(port)];
    return writer.finish({ name: graph.name, inputs, outputs }, version);
  }

  #quantize(from: string, tensor: string, wanted: string, other?: number): string {
    const { writer } = this;
    const { scale, zeroPoint } = this.tensor(tensor).quantization!;
    const inputs = [
      from,
      writer.constant(`${tensor}/scale`, "float32", [], Float32Array.of(other ?? scale)),
      writer.constant(`${tensor}/zero_point`, "int8", [], Int8Array.of(zeroPoint)),
    ];
    const name = `${tensor}/QuantizeLinear`;
    return writer.node(name, "QuantizeLinear", inputs, writer.fresh(wanted));
  }

  #limits(name: string, limits: readonly (number | null)[]): string[] {
    return limits.map((limit, i) =>
      limit === null ? "" : this.writer.constant(
        `${name}/${i ? "max" : "min"}`,
        "float32",
        [],
        Float32Array.of(limit),
      )
    );
  }

  #dequantized(name: string, from: string, ratio: number): string {
    const { quantization } = this.tensor(name);
    if (!this.isInt8(name) || !quantization) return from;
    const steps = realSteps(quantization, ratio);
    return dequantize(this.writer, from, `${name}/real`, steps, quantization.zeroPoint);
  }

  /** Name of a value of an activation as it is stored, in the given order. */
  #inOrder(name: string, order: Order): string {
    const { name: value, order: given } = this.value(name);
    if (sameOrder(given, order)) return value;
    const key = `${order}:${name}`;
    const known = this.#reordered.get(key);
    if (known) return known;
    const real = this.#dequantized(name, value, 1);
    const wanted = this.writer.fresh(`${name}/reordered`);
    const moved = this.#move(real, given, order, this.shape(name), name, wanted);
    const made = this.isInt8(name) ? this.#quantize(moved, name, `${name}/reordered/int8`) : moved;
    this.#reordered.set(key, made);
    return made;
  }

  /** A Transpose, or a Reshape where it moves only dimensions of size 1. */
  #move(
    from: string,
    given: Order,
    order: Order,
    shape: readonly number[],
    wanted: string,
    output: string,
  ): string {
    if (sameBytes(given, order, shape)) {
      return this.reshape(from, reorder(shape, order), wanted, output);
    }
    const perm = permBetween(given, order);
    return this.writer.node(`${wanted}/Transpose`, "Transpose", [from], output, { perm });
  }
}

/** ONNX's operator for bounds of float32 values, with its limits; null for none. */
function activationOf({ min, max }: Bounds): { op: string; limits: (number | null)[] } | null {
  const finite = (value: number) => Number.isFinite(value) ? value : null;
  if (min === 0 && max === Infinity) return { op: "Relu", limits: [] };
  if (min === -Infinity && max === Infinity) return null;
  return { op: "Clip", limits: [finite(min), finite(max)] };
}
