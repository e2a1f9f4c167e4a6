/**
 * A float graph that can be trained: reverse-mode differentiation (Linnainmaa 1970; Griewank and
 * Walther 2008, "Evaluating Derivatives", ch. 3) of one sample at a time.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import { type CoreGraph, type CoreNode, type Quantization, sizeOf } from "../../graph/graph.ts";
import { weightsOf } from "../weighted.ts";
import { fakeQuantize, fakeQuantized } from "./fake_quantized.ts";
import { type Parameter, parameterOf } from "./parameters.ts";
import { addStep, clipStep, moveStep, mulStep, repeats } from "./plain_steps.ts";
import { productStep } from "./product_step.ts";
import { sourcesOf } from "./sources.ts";
import type { Node, Step, StepInput } from "./step.ts";
import { averageStep, depthwiseStep, maxStep } from "./window_steps.ts";

const MOVES = ["Concat", "Slice", "Pad", "Reshape", "Transpose"];

/** Layers with weights, and all that lies between them. */
export class Network {
  /** By the names of the constants in the graph. */
  readonly parameters = new Map<string, Parameter>();
  /** Activations that the trained part makes, and those that it is fed. */
  readonly nodes = new Map<string, Node>();
  /** Names of the activations to feed. */
  readonly feeds: string[] = [];
  /** By the names of what they make, in order. */
  readonly #steps = new Map<string, Step>();

  /**
   * Takes the part of a graph between its first weights and the given tensors.
   * @param targets tensors that the loss looks at.
   * @param quantizations of activations that are rounded, by name.
   * @throws KedgeError `usage/distill` where an operator in between cannot run backwards.
   */
  constructor(
    graph: CoreGraph,
    targets: ReadonlySet<string>,
    readonly quantizations: ReadonlyMap<string, Quantization> = new Map(),
  ) {
    const needed = new Set(targets);
    for (const { inputs, output } of graph.nodes.toReversed()) {
      if (needed.has(output)) inputs.forEach((name) => needed.add(name));
    }
    const trained = new Set<string>();
    for (const node of graph.nodes) {
      const isTrained = weightsOf(graph, node) !== null ||
        node.inputs.some((name) => trained.has(name));
      if (!isTrained || !needed.has(node.output)) continue;
      trained.add(node.output);
      this.#steps.set(node.output, this.#stepOf(graph, node));
    }
  }

  /** Computes all values from those of the feeds, which are rounded where int8 stores them. */
  forward(): void {
    for (const name of this.feeds) {
      const quantization = this.quantizations.get(name);
      if (quantization) fakeQuantize(this.nodes.get(name)!.values, quantization);
    }
    for (const step of this.#steps.values()) step.forward();
  }

  /**
   * Adds to the parameters' gradients what the nodes' gradients give; clears these.
   * @param see is told of every activation's gradient, where something was clamped of that before.
   */
  backward(see: (name: string, gradient: Float32Array) => void = () => {}): void {
    for (const [name, step] of [...this.#steps].reverse()) {
      step.backward();
      see(name, this.nodes.get(name)!.gradient!);
    }
    for (const { gradient } of this.nodes.values()) gradient?.fill(0);
  }

  #stepOf(graph: CoreGraph, node: CoreNode): Step {
    const weighted = weightsOf(graph, node) !== null;
    const { shape } = graph.tensors.get(node.output)!;
    const size = sizeOf(shape!);
    const output = {
      shape: shape!,
      values: new Float32Array(size),
      gradient: new Float32Array(size),
    };
    this.nodes.set(node.output, output);
    const inputs = node.inputs.map((name) => this.#input(graph, name));
    const parameters = weighted
      ? node.inputs.slice(1).map((name) => this.#parameter(graph, node, name))
      : [];
    const step = made({ graph, node, inputs, output, parameters });
    // What only moves values leaves them as they were rounded.
    const rounds = !MOVES.includes(node.op) && node.op !== "MaxPool2D";
    const quantization = rounds ? this.quantizations.get(node.output) : undefined;
    if (step) return quantization ? fakeQuantized(step, output, quantization) : step;
    throw new KedgeError({
      code: "usage/distill",
      message: `Distilling: the operator "${node.op}" between layers cannot run backwards`,
      where: { node: node.name, op: node.op },
      hint: "leave out --distill",
    });
  }

  #input(graph: CoreGraph, name: string): Node {
    const known = this.nodes.get(name);
    if (known) return known;
    const { shape, data } = graph.tensors.get(name)!;
    const values = data instanceof Float32Array ? data : new Float32Array(sizeOf(shape!));
    const made = { shape: shape!, values, gradient: null };
    if (data) return made;
    this.nodes.set(name, made);
    this.feeds.push(name);
    return made;
  }

  #parameter(graph: CoreGraph, node: CoreNode, name: string): Parameter {
    const { shape, axis } = weightsOf(graph, node)!;
    const channels = shape[axis];
    const weights = name === node.inputs[1];
    const known = this.parameters.get(name);
    if (known) return known;
    const values = Float32Array.from(graph.tensors.get(name)!.data as Float32Array);
    const { length } = values;
    const made = weights
      ? parameterOf(
        values,
        channels,
        (i) => axis === 2 ? i % channels : Math.floor(i * channels / length),
      )
      : parameterOf(values, 1, () => 0);
    this.parameters.set(name, made);
    return made;
  }
}

function made(input: StepInput): Step | null {
  const { node, inputs, output, parameters } = input;
  if (MOVES.includes(node.op)) {
    if (node.op === "Pad") output.values.fill(node.params.value);
    return moveStep(input, sourcesOf(input));
  }
  switch (node.op) {
    case "Conv2D":
    case "FullyConnected":
      return parameters.length ? productStep(input) : null;
    case "DepthwiseConv2D":
      return parameters.length ? depthwiseStep(input) : null;
    case "Add":
      return inputs.every((one) => repeats(one, output)) ? addStep(input) : null;
    case "Mul":
      return inputs.every((one) => repeats(one, output)) ? mulStep(input) : null;
    case "AveragePool2D":
      return averageStep(input);
    case "MaxPool2D":
      return maxStep(input);
    case "Unary":
      return clipStep(input);
    default:
      return null;
  }
}
