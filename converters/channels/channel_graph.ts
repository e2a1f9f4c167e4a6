/**
 * The dependency graph of channels: which channels of all activations stand and fall together.
 * @module
 */
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { channelsOf, eachLink, isSum, operandsOf } from "./links.ts";

/**
 * Groups of coupled channels (Fang et al. 2023, "DepGraph: Towards Any Structural Pruning",
 * arXiv:2301.12900, §3): the transitive closure of "operator o ties channel a to channel b". Taking
 * out one group as a whole leaves a graph whose shapes fit. Residual sums, depthwise convolutions,
 * pools and functions tie channels of one number; Concat, Slice, Pad and flattening shift them;
 * grouped convolutions tie those of one place in every group, which keeps the groups equal.
 */
export class ChannelGraph {
  /** First slot of every tensor's channels. */
  readonly #offsets = new Map<string, number>();
  readonly #parents: Int32Array;
  readonly #pinned = new Set<number>();

  /** Builds the groups of a graph. Constant operands have channels too; weights and biases do not. */
  constructor(readonly graph: CoreGraph) {
    let slots = 0;
    const names = graph.nodes.flatMap((node) => [...operandsOf(node), node.output]);
    for (const name of new Set([...graph.inputs, ...names])) {
      this.#offsets.set(name, slots);
      slots += channelsOf(graph, name);
    }
    this.#parents = Int32Array.from({ length: slots }, (_, i) => i);
    const pinned: string[] = [...graph.inputs, ...graph.outputs];
    for (const node of graph.nodes) {
      const operands = operandsOf(node).map((name) => this.#offsets.get(name)!);
      const to = this.#offsets.get(node.output)!;
      const whole = eachLink(graph, node, (out, operand, channel) => {
        this.#join(to + out, operands[operand] + channel);
      });
      pinned.push(...whole);
      if (isSum(node)) this.#tieGroups(node);
    }
    for (const name of pinned) this.groups(name).forEach((group) => this.#pinned.add(group));
  }

  /** Names of all tensors with channels. */
  names(): Iterable<string> {
    return this.#offsets.keys();
  }

  /** The group of every channel of a tensor: numbers that are equal where channels are coupled. */
  groups(name: string): Int32Array {
    const offset = this.#offsets.get(name)!;
    return Int32Array.from(
      { length: channelsOf(this.graph, name) },
      (_, c) => this.#root(offset + c),
    );
  }

  /** Whether a group has to stay because an operator, or who uses the model, takes it as a whole. */
  isPinned(group: number): boolean {
    return this.#pinned.has(group);
  }

  /** Ties channels of one place in each group of a grouped convolution. */
  #tieGroups({ inputs: [x], output, params: { groups = 1 } }: CoreNode): void {
    for (const name of [x, output]) {
      const offset = this.#offsets.get(name)!;
      const channels = channelsOf(this.graph, name);
      const each = channels / groups;
      for (let c = each; c < channels; c++) this.#join(offset + c, offset + c % each);
    }
  }

  #root(slot: number): number {
    const parents = this.#parents;
    while (parents[slot] !== slot) {
      parents[slot] = parents[parents[slot]];
      slot = parents[slot];
    }
    return slot;
  }

  #join(a: number, b: number): void {
    const [low, high] = [this.#root(a), this.#root(b)].sort((x, y) => x - y);
    this.#parents[high] = low;
  }
}
