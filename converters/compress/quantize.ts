/**
 * int8: weights per channel, activations per tensor, biases int32 (runtime/format/operators.ts has
 * the arithmetic).
 * @module
 */
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import type { Range } from "../data/mod.ts";
import type { CoreGraph, CoreNode, Quantization, Tensor } from "../graph/graph.ts";
import { type Recipe, recipeFor } from "../recipe/mod.ts";
import { largestBias } from "./accumulator_bound.ts";
import { activationScales } from "./activation_scales.ts";
import { integerLayer } from "./integer_layer.ts";
import { decideIntegers, type Decision, MOVES } from "./integer_nodes.ts";
import { roundHalfEven } from "./quantize_weights.ts";
import { gridOf } from "./layer_grid.ts";
import { tableOf } from "./table.ts";
import { weightsOf } from "./weighted.ts";

/** How to quantize. */
export interface QuantizeOptions {
  /** What it says about each layer. */
  recipe: Recipe;
  /** Mean input patches by node name; nodes with one can get their bias corrected. */
  meanPatches?: ReadonlyMap<string, Float64Array>;
}

/** Operators that can write float32 straight from their integer sums. */
const WRITES_FLOAT: ReadonlySet<string> = new Set(
  ["Conv2D", "DepthwiseConv2D", "FullyConnected", "AveragePool2D"],
);

/**
 * A float graph in integers.
 * @param ranges of every activation.
 * @returns the graph, and why a node stayed float, by node name.
 */
export function quantize(
  graph: CoreGraph,
  ranges: ReadonlyMap<string, Range>,
  options: QuantizeOptions,
): { graph: CoreGraph; reasons: Map<string, string> } {
  const decision = decideIntegers(graph, options.recipe);
  const scaleOf = activationScales(
    graph,
    ranges,
    decision.integer,
    options.recipe.scales === "pow2",
  );
  const writer = new IntegerWriter(graph, decision, scaleOf, options);
  for (const node of graph.nodes) writer.write(node);
  writer.finish();
  return { graph: writer.result, reasons: decision.reasons };
}

/** Builds the integer graph node by node. */
class IntegerWriter {
  readonly result: CoreGraph;
  /** Name of each source tensor in int8, and in float32, where it is there. */
  readonly #int8 = new Map<string, string>();
  readonly #float = new Map<string, string>();
  /** Names of integer weights by those of the float ones and their steps. */
  readonly #shared = new Map<string, string>();

  constructor(
    readonly source: CoreGraph,
    readonly decision: Decision,
    readonly scaleOf: (name: string) => Quantization,
    readonly options: QuantizeOptions,
  ) {
    this.result = { ...source, nodes: [], tensors: new Map() };
    for (const name of source.inputs) this.#keepFloat(name);
  }

  write(node: CoreNode): void {
    if (!this.decision.integer.has(node.name)) {
      const inputs = node.inputs.map((name) => this.#asFloat(name));
      this.result.nodes.push({ ...node, inputs });
      this.#keepFloat(node.output);
      return;
    }
    if (weightsOf(this.source, node)) this.#writeWeighted(node);
    else if (node.op === "Unary") this.#writeTable(node);
    else this.#writePlain(node);
  }

  /** Gives the model's outputs as float32 under their own names. */
  finish(): void {
    for (const name of this.source.outputs) this.#asFloat(name);
  }

  /** Conv2D, DepthwiseConv2D, FullyConnected: weights, bias, factor. */
  #writeWeighted(node: CoreNode): void {
    const { source, options: { recipe, meanPatches } } = this;
    const settings = recipeFor(recipe, node.name);
    const weights = weightsOf(source, node)!;
    const x = this.#asInt8(node.inputs[0]);
    const input = this.result.tensors.get(x)!.quantization!;
    const { data, bias, quantization } = integerLayer({
      node,
      weights,
      bias: source.tensors.get(node.inputs[2] ?? "")?.data as Float32Array | undefined ?? null,
      room: largestBias(weights.depth)!,
      input,
      grid: gridOf(settings, node.op),
      powersOfTwo: recipe.scales === "pow2",
      meanPatch: settings.biasCorrection && meanPatches?.get(node.name) || null,
    });
    const inputs = [x, this.#weights(node, { shape: weights.shape, data, quantization })];
    if (bias) {
      const name = `${node.output}/bias`;
      inputs.push(this.#constant({ name, dtype: "int32", shape: [bias.length], data: bias }));
    }
    const y = this.#output(node);
    const yScale = this.result.tensors.get(y)!.quantization?.scale ?? 1;
    const params = { ...node.params, factor: input.scale / yScale };
    this.#push(node, inputs, y, params);
  }

  /** A constant of integer weights; nodes with the same weights and steps share it. */
  #weights(
    { output, inputs: [, source] }: CoreNode,
    { shape, data, quantization }: Pick<Tensor, "shape" | "data"> & { quantization: Quantization },
  ): string {
    const steps = [quantization.scale, ...quantization.channelScales ?? []].join();
    const key = `${source} ${steps}`;
    const known = this.#shared.get(key);
    if (known) return known;
    const name = `${output}/weights`;
    this.#shared.set(key, name);
    return this.#constant({ name, dtype: "int8", shape, data, quantization });
  }

  /** Pools, Add, Mul and moves. */
  #writePlain(node: CoreNode): void {
    const inputs = node.inputs.map((name) => this.#asInt8(name));
    const scales = inputs.map((name) => this.result.tensors.get(name)!.quantization!);
    const y = this.#output(node);
    const target = this.result.tensors.get(y)!.quantization;
    const yScale = target?.scale ?? 1;
    const params = { ...node.params };
    const [a, b] = scales;
    if (node.op === "Add") {
      params.factorA = params.factorA * a.scale / yScale;
      params.factorB = params.factorB * b.scale / yScale;
    } else if (node.op === "Mul") params.factor = a.scale * b.scale / yScale;
    else if (node.op === "AveragePool2D") params.factor = a.scale / yScale;
    else if (node.op === "Pad") params.value = toInteger(params.value, target!);
    this.#push(node, inputs, y, params);
  }

  #writeTable(node: CoreNode): void {
    const x = this.#asInt8(node.inputs[0]);
    const y = this.#output(node);
    const { alpha, beta, kind } = node.params;
    const from = this.result.tensors.get(x)!.quantization!;
    const to = this.result.tensors.get(y)!.quantization!;
    const data = tableOf(UNARY_KINDS[kind], alpha, beta, from, to);
    const entries = this.#constant({
      name: `${node.output}/table`,
      dtype: "int8",
      shape: [256],
      data,
    });
    this.result.nodes.push({ ...node, op: "Table", inputs: [x, entries], output: y, params: {} });
  }

  /** Pushes a node with its bounds in the output's own units. */
  #push(node: CoreNode, inputs: string[], output: string, params: Record<string, number>): void {
    const { quantization } = this.result.tensors.get(output)!;
    if (quantization && "min" in params) {
      params.min = toInteger(params.min, quantization);
      params.max = toInteger(params.max, quantization);
    }
    this.result.nodes.push({ ...node, inputs, output, params });
  }

  /** The node's output tensor: float32 where only floats follow and it can, else int8. */
  #output(node: CoreNode): string {
    const { output } = node;
    const { shape } = this.source.tensors.get(output)!;
    if (this.decision.floatOnly.has(output) && WRITES_FLOAT.has(node.op)) {
      this.#keepFloat(output);
      return output;
    }
    // A model output's own name is for its float32 form.
    const name = this.source.outputs.includes(output) ? `${output}/int8` : output;
    const quantization = MOVES.has(node.op) || node.op === "MaxPool2D"
      ? this.result.tensors.get(this.#int8.get(node.inputs[0])!)!.quantization
      : this.scaleOf(output);
    this.result.tensors.set(name, { name, dtype: "int8", shape, quantization });
    this.#int8.set(output, name);
    return name;
  }

  #asInt8(name: string): string {
    const known = this.#int8.get(name);
    if (known) return known;
    const tensor = this.source.tensors.get(name)!;
    const made = tensor.data ? `${name}/operand` : `${name}/int8`;
    this.#int8.set(name, made);
    if (tensor.data) {
      const quantization = this.scaleOf(name);
      const values = tensor.data as Float32Array;
      const data = Int8Array.from(values, (value) => toInteger(value, quantization));
      return this.#constant({ name: made, dtype: "int8", shape: tensor.shape, data, quantization });
    }
    const quantization = this.scaleOf(name);
    this.result.tensors.set(made, { name: made, dtype: "int8", shape: tensor.shape, quantization });
    this.result.nodes.push({
      name: `${name}/Quantize`,
      op: "Quantize",
      inputs: [this.#float.get(name)!],
      output: made,
      params: { factor: 1 / quantization.scale, min: -128, max: 127 },
      list: [],
    });
    return made;
  }

  #asFloat(name: string): string {
    const known = this.#float.get(name);
    if (known) return known;
    const tensor = this.source.tensors.get(name)!;
    if (tensor.data) {
      this.#float.set(name, name);
      return this.#constant(tensor);
    }
    const made = this.source.outputs.includes(name) ? name : `${name}/float32`;
    this.result.tensors.set(made, { name: made, dtype: "float32", shape: tensor.shape });
    this.#float.set(name, made);
    this.result.nodes.push({
      name: `${name}/Dequantize`,
      op: "Dequantize",
      inputs: [this.#int8.get(name)!],
      output: made,
      params: {},
      list: [],
    });
    return made;
  }

  #keepFloat(name: string): void {
    this.#float.set(name, name);
    this.result.tensors.set(name, this.source.tensors.get(name)!);
  }

  #constant(tensor: Tensor): string {
    this.result.tensors.set(tensor.name, tensor);
    return tensor.name;
  }
}

/** A real value, infinite ones too, as the nearest int8. */
function toInteger(value: number, { scale, zeroPoint }: Quantization): number {
  return Math.min(127, Math.max(-128, roundHalfEven(value / scale) + zeroPoint));
}
