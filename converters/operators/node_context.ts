/**
 * What an operator sees of one node during shape inference.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { SourceNode, Tensor, TensorData } from "../graph/graph.ts";
import { toNumbers } from "./values.ts";

/** Why the runtime cannot take a node; collected, not shown by itself. */
export class Refusal extends Error {}

/** One node with its inputs. Tensors that stand before it have known shapes. */
export class NodeContext {
  /** The node's attributes, inputs and outputs. */
  readonly node: SourceNode;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly #tensors: ReadonlyMap<string, Tensor>;

  /** `tensors` are those of the graph. */
  constructor(
    node: SourceNode,
    opset: number,
    tensors: ReadonlyMap<string, Tensor>,
  ) {
    this.node = node;
    this.opset = opset;
    this.#tensors = tensors;
  }

  /** Whether input `index` is given. */
  has(index: number): boolean {
    return Boolean(this.node.inputs[index]);
  }

  /** Number of inputs, absent ones at the end not counted. */
  get inputCount(): number {
    return this.node.inputs.findLastIndex((name) => name !== "") + 1;
  }

  /**
   * Input `index`.
   * @throws KedgeError `model/shape` when it is not given.
   */
  input(index: number): Tensor {
    const tensor = this.#tensors.get(this.node.inputs[index] ?? "");
    return tensor ?? this.fail(
      `input ${index} is missing`,
      `${this.inputCount} inputs`,
      `at least ${index + 1}`,
    );
  }

  /** Shape of input `index`. */
  shape(index: number): number[] {
    return this.input(index).shape ?? this.refuse("an input has no shape");
  }

  /**
   * Shape of input `index`, of one of the given ranks.
   * @throws KedgeError `model/shape` for another rank.
   */
  shapeOfRank(index: number, low: number, high = low): number[] {
    const shape = this.shape(index);
    if (shape.length >= low && shape.length <= high) return shape;
    return this.fail(
      `input ${index} ("${this.node.inputs[index]}") has the wrong rank`,
      `shape ${text(shape)}`,
      low === high ? `rank ${low}` : `rank ${low} to ${high}`,
    );
  }

  /** Whether input `index` is a constant. */
  isConstant(index: number): boolean {
    return this.has(index) && this.input(index).data !== undefined;
  }

  /** Data of an input that is known to be constant. */
  data(index: number): TensorData {
    const { data } = this.input(index);
    if (!data) throw new Error(`input ${index} is not constant`);
    return data;
  }

  /** The same as numbers. */
  values(index: number): number[] {
    return toNumbers(this.data(index));
  }

  /** Values of input `index` as numbers, or null when it is absent; refuses one that is computed. */
  constant(index: number, what: string): number[] | null {
    if (!this.has(index)) return null;
    const { data } = this.input(index);
    return data ? toNumbers(data) : this.refuse(
      `its ${what} is computed from the model's input, not constant`,
    );
  }

  /** One number out of a constant input, or null when it is absent. */
  scalar(index: number, what: string): number | null {
    const values = this.constant(index, what);
    if (values === null || values.length === 1) return values?.[0] ?? null;
    return this.fail(
      `its ${what} is not one value`,
      `${values.length} values`,
      "1 value",
    );
  }

  /** A number attribute. */
  number(name: string, fallback: number): number {
    const value = this.node.attributes[name] ?? fallback;
    return typeof value === "number" ? value : this.#wrongAttribute(name, "a number");
  }

  /** A list of numbers, or null when it is absent. */
  numbers(name: string): number[] | null {
    const value = this.node.attributes[name];
    if (value === undefined) return null;
    // An empty list does not tell of what; a lone number does not occur.
    return Array.isArray(value) && value.every((v) => typeof v === "number")
      ? value as number[]
      : this.#wrongAttribute(name, "a list of numbers");
  }

  /** A list of texts, or null when it is absent. */
  strings(name: string): string[] | null {
    const value = this.node.attributes[name];
    if (value === undefined) return null;
    return Array.isArray(value) && value.every((v) => typeof v === "string")
      ? value as string[]
      : this.#wrongAttribute(name, "a list of strings");
  }

  /** A list of exactly `count` whole numbers, each at least `least`. */
  sizes(
    name: string,
    count: number,
    fallback: number,
    least: number,
  ): number[] {
    const values = this.numbers(name) ?? new Array(count).fill(fallback);
    if (
      values.length === count &&
      values.every((v) => Number.isSafeInteger(v) && v >= least)
    ) return values;
    return this.fail(
      `its attribute "${name}" does not fit`,
      text(values),
      `${count} numbers of at least ${least}`,
    );
  }

  /** A text attribute. */
  string(name: string, fallback: string): string {
    const value = this.node.attributes[name] ?? fallback;
    return typeof value === "string" ? value : this.#wrongAttribute(name, "a string");
  }

  /** `axis` counted from the front, of `rank` axes. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(axis) && positive >= 0 && positive < rank) {
      return positive;
    }
    return this.fail(
      "its axis does not fit",
      `${axis}`,
      `−${rank}…${rank - 1}`,
    );
  }

  /** All `axes` counted from the front, each once. */
  axes(axes: readonly number[], rank: number): number[] {
    const positive = axes.map((axis) => this.axis(axis, rank));
    if (new Set(positive).size === positive.length) return positive;
    return this.fail("an axis is given twice", text(axes), "each axis once");
  }

  /** Throws KedgeError `model/shape` for this node. */
  fail(reason: string, got: string, wanted: string): never {
    const { name, op } = this.node;
    throw new KedgeError({
      code: "model/shape",
      message: `Working out the shapes of ${op} "${name}": ${reason}`,
      where: { node: name, op },
      got,
      wanted,
      hint: "the model is damaged, or a `--dim` does not suit it",
    });
  }

  /** Says that the runtime cannot take this node, and why. */
  refuse(reason: string): never {
    throw new Refusal(reason);
  }

  #wrongAttribute(name: string, wanted: string): never {
    return this.fail(
      `its attribute "${name}" has the wrong type`,
      typeof this.node.attributes[name],
      wanted,
    );
  }
}

/** A shape as text. */
export function text(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
