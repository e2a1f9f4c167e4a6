/**
 * Runs a graph node by node, each over all samples, so that what comes later can still change.
 * @module
 */
import { createEngine, type Engine, type EngineParts } from "../../runtime/engine/engine.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import type { TensorArray } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { dotProducts } from "../../runtime/hosts/dot_products.ts";
import { RELAXED } from "../../runtime/kernels/generated/relaxed.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";
import { packPlain } from "./calibrate.ts";

/** The kernels, compiled once for all nodes. */
let compiled: Promise<Kernels> | null = null;

type Kernels = Pick<EngineParts, "kernels" | "relaxed" | "dot">;

async function compile(): Promise<Kernels> {
  const bytes = fromBase64(RELAXED);
  const relaxed = WebAssembly.validate(bytes);
  const kernels = await WebAssembly.compile(relaxed ? bytes : fromBase64(SIMD));
  return { kernels, relaxed, dot: dotProducts() };
}

/** A graph in the middle of its run. Only values that are still needed are held. */
export class NodeRunner {
  readonly #graph: CoreGraph;
  readonly #samples: number;
  /** Values of every sample by tensor name. */
  readonly #values = new Map<string, TensorArray[]>();
  /** How many nodes are still to read a tensor. */
  readonly #readers = new Map<string, number>();
  #next = 0;

  /** @param inputs of every sample, in the order of the graph's inputs. */
  constructor(graph: CoreGraph, inputs: readonly (readonly Float32Array[])[]) {
    this.#graph = graph;
    this.#samples = inputs.length;
    for (const name of graph.nodes.flatMap((node) => node.inputs)) {
      this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
    }
    graph.inputs.forEach((name, at) => this.#values.set(name, inputs.map((list) => list[at])));
  }

  /** Runs all nodes before the named one. */
  async runUpTo(name: string): Promise<void> {
    while (this.#graph.nodes[this.#next].name !== name) await this.runNext();
  }

  /** Runs all nodes up to the named one, and that. */
  async runPast(name: string): Promise<void> {
    await this.runUpTo(name);
    await this.runNext();
  }

  /** Runs the next node, with the constants that its tensors have now. */
  async runNext(): Promise<void> {
    const node = this.#graph.nodes[this.#next++];
    const feeds = node.inputs.filter((name) => !this.#tensor(name).data);
    const model = readModel(await packPlain(this.#alone(node, feeds)));
    const engine = createEngine(model, { steps, ...await (compiled ??= compile()) });
    this.#values.set(
      node.output,
      Array.from({ length: this.#samples }, (_, i) => this.#runOne(engine, feeds, i)),
    );
    for (const name of node.inputs) {
      const left = this.#readers.get(name)! - 1;
      this.#readers.set(name, left);
      if (left === 0) this.#values.delete(name);
    }
  }

  /** Values of an activation in sample `i`. */
  values(name: string, i: number): Float32Array | Int8Array {
    return this.#values.get(name)![i] as Float32Array | Int8Array;
  }

  #runOne(engine: Engine, feeds: readonly string[], i: number): TensorArray {
    const inputs = Object.fromEntries(feeds.map((name) => [name, this.#values.get(name)![i]]));
    return Object.values(engine.run(inputs))[0].slice();
  }

  /** A graph of one node. */
  #alone(node: CoreNode, feeds: readonly string[]): CoreGraph {
    const tensors = new Map<string, Tensor>(
      [...node.inputs, node.output].map((name) => [name, this.#tensor(name)]),
    );
    return {
      name: node.name,
      nodes: [node],
      tensors,
      inputs: [...new Set(feeds)],
      outputs: [node.output],
    };
  }

  #tensor(name: string): Tensor {
    return this.#graph.tensors.get(name)!;
  }
}
