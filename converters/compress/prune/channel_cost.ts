/**
 * How much work goes with a channel.
 * @module
 */
import type { ChannelGraph } from "../../channels/mod.ts";
import { columnLayout } from "../statistics/mod.ts";
import { weightsOf } from "../weighted.ts";

/** Multiply-accumulates by group: of all that make its channels, and of all that take them. */
export function channelCosts(channels: ChannelGraph): Map<number, number> {
  const costs = new Map<number, number>();
  const add = (name: string, each: number) =>
    channels.groups(name).forEach((group) => costs.set(group, (costs.get(group) ?? 0) + each));
  for (const node of channels.graph.nodes) {
    const layout = columnLayout(channels.graph, node);
    if (!layout) continue;
    const { positions, depth } = layout;
    const { shape, axis } = weightsOf(channels.graph, node)!;
    add(node.output, positions * depth);
    if (axis === 0) {
      const inputs = channels.groups(node.inputs[0]).length;
      add(node.inputs[0], positions * depth * shape[0] / inputs * (node.params.groups ?? 1));
    }
  }
  return costs;
}
