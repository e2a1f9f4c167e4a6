/** One random ONNX node, and what all makers of such have in common. */
import type { TensorProto } from "onnx-buf";
import type { AttributeValue } from "./onnx_builder.ts";
import type { Random } from "./random.ts";

/** A model of one node. */
export interface NodeCase {
  op: string;
  opset: number;
  /** Shapes of the computed inputs `x0`, `x1`, … */
  shapes: number[][];
  /** Names of all inputs in order; "" for an absent one. */
  inputs: string[];
  constants: TensorProto[];
  attributes: Readonly<Record<string, AttributeValue | undefined>>;
  outputs?: string[];
  /** The values of the inputs are whole numbers. */
  whole?: boolean;
}

/** Makes one case. */
export type CaseMaker = (random: Random) => NodeCase;

/** Whole numbers, both ends included. */
export const ints = (random: Random, count: number, low: number, high: number) =>
  Array.from({ length: count }, () => random.int(low, high));

/** Numbers between −1 and 1. */
export const floats = (random: Random, count: number) =>
  Array.from({ length: count }, () => Math.fround(random.next() * 2 - 1));

/** Number of elements. */
export const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Sets an attribute now and then. */
export function maybe(
  random: Random,
  attributes: Record<string, AttributeValue>,
  name: string,
  value: () => AttributeValue,
): void {
  if (random.next() < 0.5) attributes[name] = value();
}
