/**
 * One operator that can run backwards.
 * @module
 */
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import type { Parameter } from "./parameters.ts";

/** Values of an activation, and what the loss changes by with each of them. */
export interface Node {
  shape: number[];
  values: Float32Array;
  /** Null where nothing before it is trained. */
  gradient: Float32Array | null;
}

/** What an operator is made of. */
export interface StepInput {
  graph: CoreGraph;
  node: CoreNode;
  /** Its inputs; constants too. */
  inputs: Node[];
  output: Node & { gradient: Float32Array };
  /** Weights and bias, where it has some. */
  parameters: Parameter[];
}

/** An operator on one sample. */
export interface Step {
  /** Computes the output's values. */
  forward(): void;
  /** Adds to the gradients of inputs and parameters what the output's gradient gives. */
  backward(): void;
}

/** Clamps values to a node's bounds. */
export function clampForward({ node: { params }, output: { values } }: StepInput): void {
  const { min = -Infinity, max = Infinity } = params;
  if (min === -Infinity && max === Infinity) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min) values[i] = min;
    else if (value > max) values[i] = max;
  }
}

/** Adds its channel's bias to every value; channels are last. */
export function addBias(values: Float32Array, bias: Float32Array): void {
  const { length } = bias;
  for (let at = 0; at < values.length; at += length) {
    for (let c = 0; c < length; c++) values[at + c] += bias[c];
  }
}

/** Adds every value's gradient to that of its channel's bias. */
export function addBiasGradient(gradient: Float32Array, bias: Float32Array): void {
  const { length } = bias;
  for (let at = 0; at < gradient.length; at += length) {
    for (let c = 0; c < length; c++) bias[c] += gradient[at + c];
  }
}

/** What is at a bound does not change. */
export function clampBackward({ node: { params }, output }: StepInput): void {
  const { min = -Infinity, max = Infinity } = params;
  if (min === -Infinity && max === Infinity) return;
  const { values, gradient } = output;
  for (let i = 0; i < values.length; i++) {
    if (values[i] <= min || values[i] >= max) gradient[i] = 0;
  }
}
