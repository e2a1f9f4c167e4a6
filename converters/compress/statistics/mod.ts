/**
 * What is known of every layer's input.
 * @module
 */
export { type ColumnPairs, joinColumns, mergeColumns, type SampleColumns } from "./column_pairs.ts";
export { type ColumnLayout, columnLayout, columnsOf, fromRows, weightRows } from "./columns.ts";
export {
  type KeptColumns,
  LARGEST_DEPTH,
  mergeMoments,
  type Moments,
  MomentSums,
} from "./moments.ts";
export { positionsPerSample, samplePositions } from "./positions.ts";
