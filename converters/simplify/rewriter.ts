/**
 * A core graph while it is rewritten: who makes and who takes each tensor, and the few edits that
 * keep it sound.
 * @module
 */
import type { CoreGraph, CoreNode, Tensor } from "../graph/graph.ts";

/** One lossless rewrite; tells whether it changed anything. */
export type Pass = (rewriter: Rewriter) => boolean;

/** Who makes and who takes each tensor. */
interface Index {
  readonly producers: ReadonlyMap<string, CoreNode>;
  readonly consumers: ReadonlyMap<string, CoreNode[]>;
}

/** Edits one graph in place. */
export class Rewriter {
  /** The graph. */
  readonly graph: CoreGraph;
  #known: Index | null = null;

  /** Takes a copy of the graph; tensors are shared until they are replaced. */
  constructor(graph: CoreGraph) {
    this.graph = {
      ...graph,
      nodes: graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs] })),
      tensors: new Map(graph.tensors),
      outputs: [...graph.outputs],
    };
  }

  /** The node that makes a tensor, or undefined for inputs and constants. */
  producer(name: string): CoreNode | undefined {
    return this.#index().producers.get(name);
  }

  /** All nodes that take a tensor. */
  consumers(name: string): readonly CoreNode[] {
    return this.#index().consumers.get(name) ?? [];
  }

  /** Forgets who makes and takes what: to be called when a pass has changed something. */
  forget(): void {
    this.#known = null;
  }

  /** `base`, or it with a number behind it when another node has that name. */
  nodeName(base: string): string {
    const names = new Set(this.graph.nodes.map(({ name }) => name));
    let name = base;
    for (let n = 1; names.has(name); n++) name = `${base}/${n}`;
    return name;
  }

  /** Whether only one node takes the tensor and the model does not give it out. */
  isPrivate(name: string): boolean {
    return this.consumers(name).length === 1 && !this.graph.outputs.includes(name);
  }

  /** Shape of a tensor. */
  shape(name: string): number[] {
    return this.graph.tensors.get(name)?.shape ?? [];
  }

  /** Values of a float32 constant, or null for an activation. */
  constant(name: string): Float32Array | null {
    const data = this.graph.tensors.get(name)?.data;
    return data instanceof Float32Array ? data : null;
  }

  /** Adds an activation with a free name like `base`. */
  activation(base: string, shape: readonly number[]): string {
    return this.#add({ name: this.#free(base), dtype: "float32", shape: [...shape] });
  }

  /** Adds a constant with a free name like `base`, encoded as `like` is. */
  addConstant(base: string, shape: readonly number[], values: ArrayLike<number>): string {
    const encoding = this.graph.tensors.get(base)?.encoding;
    const data = Float32Array.from(values);
    const name = this.#free(base);
    return this.#add({
      name,
      dtype: "float32",
      shape: [...shape],
      data,
      ...(encoding && { encoding }),
    });
  }

  /** Puts a node right before another. */
  insertBefore(place: CoreNode, node: CoreNode): void {
    this.forget();
    this.graph.nodes.splice(this.graph.nodes.indexOf(place), 0, node);
  }

  /** Puts a node right behind another. */
  insertAfter(place: CoreNode, node: CoreNode): void {
    this.forget();
    this.graph.nodes.splice(this.graph.nodes.indexOf(place) + 1, 0, node);
  }

  /** Takes a node out of the graph. */
  remove(node: CoreNode): void {
    this.forget();
    this.graph.nodes.splice(this.graph.nodes.indexOf(node), 1);
  }

  /**
   * Removes a node whose output equals its first input. A model output keeps its name: then the
   * input takes it over, which needs the input to be made by a node and not to be an output itself.
   */
  bypass(node: CoreNode): boolean {
    const [from] = node.inputs;
    const { output } = node;
    if (!this.graph.outputs.includes(output)) {
      this.remove(node);
      this.#replace(output, from);
      return true;
    }
    const maker = this.producer(from);
    if (!maker || this.graph.outputs.includes(from)) return false;
    this.remove(node);
    this.#replace(from, output);
    maker.output = output;
    return true;
  }

  /** Removes a private producer's successor: `maker` makes what `node` made. */
  absorb(maker: CoreNode, node: CoreNode): void {
    this.forget();
    this.remove(node);
    maker.output = node.output;
  }

  #index(): Index {
    if (this.#known) return this.#known;
    const producers = new Map<string, CoreNode>();
    const consumers = new Map<string, CoreNode[]>();
    for (const node of this.graph.nodes) {
      producers.set(node.output, node);
      for (const name of new Set(node.inputs)) {
        const nodes = consumers.get(name);
        if (nodes) nodes.push(node);
        else consumers.set(name, [node]);
      }
    }
    this.#known = { producers, consumers };
    return this.#known;
  }

  #replace(name: string, by: string): void {
    this.forget();
    for (const node of this.graph.nodes) {
      node.inputs = node.inputs.map((input) => input === name ? by : input);
    }
  }

  #add(tensor: Tensor): string {
    this.graph.tensors.set(tensor.name, tensor);
    return tensor.name;
  }

  #free(base: string): string {
    let name = base;
    for (let n = 1; this.graph.tensors.has(name); n++) name = `${base}/${n}`;
    return name;
  }
}
