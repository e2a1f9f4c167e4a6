/**
 * The range that quantization covers.
 * @module
 */

/** Smallest and largest value that quantization has to cover; 0 is always between them. */
export interface Range {
  min: number;
  max: number;
}

/** Finds the range of one tensor out of its values, in memory that does not grow with them. */
export interface RangeFinder {
  /** Adds the values of one sample. */
  observe(values: Float32Array): void;
  /** The range; an end is NaN or infinite where a value was. */
  range(): Range;
}
