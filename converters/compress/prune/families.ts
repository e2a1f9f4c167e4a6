/**
 * Layers whose channels are pruned together.
 * @module
 */
import { type ChannelGraph, isSum } from "../../channels/mod.ts";

/** Groups of channels that convolutions and fully connected operators make, coupled or not. */
export interface Family {
  /** Names of the operators that make them, in graph order. */
  makers: string[];
  /** Groups that can go. */
  groups: number[];
}

/**
 * Families of all channels that can go. Operators that make channels of one group, the branches of a
 * residual sum for example, are one family.
 */
export function familiesOf(channels: ChannelGraph): Family[] {
  const families = new Set<Family>();
  const byGroup = new Map<number, Family>();
  for (const node of channels.graph.nodes) {
    if (!isSum(node)) continue;
    const made = new Set(channels.groups(node.output));
    const family: Family = { makers: [node.name], groups: [...made] };
    for (const group of made) {
      const other = byGroup.get(group);
      if (!other || !families.delete(other)) continue;
      family.makers.unshift(...other.makers);
      family.groups = [...new Set([...other.groups, ...family.groups])];
    }
    families.add(family);
    family.groups.forEach((group) => byGroup.set(group, family));
  }
  return [...families].flatMap(({ makers, groups }) => {
    const free = groups.filter((group) => !channels.isPinned(group)).sort((a, b) => a - b);
    return free.length ? [{ makers, groups: free }] : [];
  });
}
