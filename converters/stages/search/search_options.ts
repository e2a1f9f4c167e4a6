/**
 * What `search` takes.
 * @module
 */
import type { SearchLimits } from "../../check/search.ts";
import type { Choice, Variants } from "../../search/mod.ts";
import type { ConvertOptions } from "../options.ts";

/** What to search and within which limits. */
export interface SearchOptions extends ConvertOptions, SearchLimits {
  /** What every layer can have, the best first; 8 bits and several λ by default (CHOICES). */
  choices?: readonly Choice[];
  /** What is tried on top of these (VARIANTS). */
  variants?: Variants;
  /** File that keeps what was measured, so that a search can go on; in the cache folder by default. */
  state?: string;
  /** Whether every choice for all layers alike is evaluated on the held-out samples, too. */
  compare?: boolean;
  /** Bytes that count, of a .kedge file; its own length when left out. */
  sizeOf?: (file: Uint8Array<ArrayBuffer>) => Promise<number>;
}
