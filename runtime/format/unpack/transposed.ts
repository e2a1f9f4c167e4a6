/**
 * Values that stand column by column.
 * @module
 */
import { type Unpack, valuesOf } from "./unpack.ts";

/** A stream of a row for each place along the depth, with a value of each row and cell of the window. */
export const transposed: Unpack = (source, layout, inner) => {
  const { depth } = layout;
  const length = depth && valuesOf(layout) / depth;
  const columns = inner(source, { rows: depth, height: 1, width: 1, depth: length });
  const values = new Int8Array(columns.length);
  for (let i = 0, c = 0; c < depth; c++) {
    for (let at = c; at < values.length; at += depth) values[at] = columns[i++];
  }
  return values;
};
