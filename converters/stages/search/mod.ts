/**
 * The search for what to give each layer.
 * @module
 */
export { search } from "./search.ts";
export type { SearchOptions } from "./search_options.ts";
export { searchForBundle } from "./search_for_bundle.ts";
