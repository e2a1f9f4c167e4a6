/**
 * What a search tries on top of each layer's choice, as layers next to each other have to agree on it.
 * @module
 */
import type { Choice } from "./choices.ts";

/** Settings that several layers in a row have besides their choices. */
export interface Variant {
  /** What they have. */
  settings: Choice;
  /** Share of the layers that have them, the last ones, 0…1. */
  share: number;
}

/** What a search tries when. Each list goes from the least change on. */
export interface Variants {
  /** Where a model is too large or too slow. */
  smaller: readonly Variant[];
  /** Where time is limited, so that it is said how much there is, or where too much is lost. */
  nearer: readonly Variant[];
}

/** Fewer channels, from few to many: faster, smaller in arenas and files, much farther from the float model. */
const FEWER_CHANNELS: readonly Variant[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
  .map((pruneChannels) => ({ settings: { pruneChannels }, share: 1 }));

/**
 * Activations in float32, from few layers to all: nearer the float model, slower. The last layers
 * first: what moves and adds values between them then is float, too (compress/integer_nodes.ts).
 */
const FLOAT_ACTIVATIONS: readonly Variant[] = [1 / 4, 1 / 2, 1]
  .map((share) => ({ settings: { activations: "float32" }, share }));

/** What a search tries by default. */
export const VARIANTS: Variants = { smaller: FEWER_CHANNELS, nearer: FLOAT_ACTIVATIONS };

/** The variant in a few words. */
export function variantName({ settings, share }: Variant): string {
  const { pruneChannels, activations } = settings;
  const of = share < 1 ? ` in the last ${percent(share)}` : "";
  if (pruneChannels) return `${percent(pruneChannels)} fewer channels${of}`;
  return `${activations ?? JSON.stringify(settings)} activations${of}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
