/**
 * What a layer's outputs are held between.
 * @module
 */
import type { CoreNode } from "../../graph/graph.ts";

/** −∞ and ∞ where nothing is cut off. */
export interface Bounds {
  min: number;
  max: number;
}

/** The bounds of a node; null where it has none. */
export function boundsOf({ params: { min = -Infinity, max = Infinity } }: CoreNode): Bounds | null {
  return min > -Infinity || max < Infinity ? { min, max } : null;
}

/** The nearest value between the bounds. */
export function clampTo({ min, max }: Bounds, value: number): number {
  return Math.min(Math.max(value, min), max);
}
