/**
 * Values column by column.
 * @module
 */
import { type Layout, valuesOf } from "../../runtime/format/unpack/unpack.ts";
import { around, type Stream } from "./stream.ts";
import type { Encode } from "./tables.ts";

/** More values than this gain too little to be coded twice. */
const MOST = 1 << 13;

/**
 * What stands at one place of the depth as a row: where columns are like the ones before them, or in
 * depthwise windows, whose channels are columns. Null where that changes nothing.
 */
export function transposed(values: Int8Array, layout: Layout, encode: Encode): Stream | null {
  const { depth } = layout;
  const length = valuesOf(layout) / depth;
  if (!values.length || values.length > MOST || depth === 1 || length === 1) return null;
  const columns = new Int8Array(values.length);
  for (let i = 0, c = 0; c < depth; c++) {
    for (let at = c; at < values.length; at += depth) columns[i++] = values[at];
  }
  const turned = { rows: depth, height: 1, width: 1, depth: length };
  return around("transposed", [], encode(columns, turned));
}
