/**
 * The search for what to give each layer.
 * @module
 */
export { search } from "./search.ts";
export type {
  Candidate,
  LayerOptions,
  SearchLimits,
  SearchOptions,
  SearchReport,
} from "./search_options.ts";
