/**
 * Chooses how int8 values stand in the file: of all ways that give them back exactly, the one with
 * the fewest bytes.
 * @module
 */
import type { Coding } from "../../runtime/format/model.ts";
import { layoutOf, MOST_VALUES_PER_BYTE, valuesOf } from "../../runtime/format/unpack/unpack.ts";
import { entropy } from "./entropy.ts";
import { fixed, plain } from "./fixed.ts";
import { bitmask, live, nOfM } from "./sparse.ts";
import { shortest, type Stream } from "./stream.ts";
import { transposed } from "./transposed.ts";
import { channelCodebook, codebook, type Encode, groups, pow2 } from "./tables.ts";

/** How weights are coded: not at all, in fixed widths, or by whatever is smallest. */
export type Coder = "none" | "fixed" | "auto";

/** All of them. */
export const CODERS: readonly Coder[] = ["none", "fixed", "auto"];

/** The values of each stream in one of its own forms. */
const LEAVES: Record<Coder, Encode> = {
  none: plain,
  fixed,
  auto: entropy,
};

/**
 * The shortest stream of int8 values among others, at most as long as they are themselves.
 * @param shape of the tensor, which tells neighbours in a window.
 */
export function encodeInt8(values: Int8Array, shape: readonly number[], coder: Coder): Stream {
  if (coder === "none") return plain(values);
  const leaf = LEAVES[coder];
  const tables: Encode = (values, layout) =>
    shortest([
      leaf(values, layout),
      ...[codebook, channelCodebook, pow2, nOfM, bitmask, groups]
        .map((form) => form(values, layout, leaf)),
    ]);
  const layout = layoutOf(shape);
  const least = valuesOf(layout) / MOST_VALUES_PER_BYTE - 1;
  const streams = [
    tables(values, layout),
    live(values, layout, tables),
    coder === "auto" ? transposed(values, layout, tables) : null,
  ];
  return shortest([
    plain(values),
    ...streams.filter((stream) => stream && stream.size >= least),
  ]);
}

/** Coded bytes of an int8 tensor among others. */
export function codedBytes(
  values: Int8Array,
  shape: readonly number[],
  coder: Coder = "auto",
): number {
  return Math.ceil(encodeInt8(values, shape, coder).size);
}

/** Whether values have to be unpacked. */
export function isCoded(stream: Stream): stream is Stream & { coding: Coding } {
  return stream.coding !== "int8";
}
