/**
 * Entropy coding of int8 values: of several models of what they are like, the one that costs least.
 * Costs are those of the model; the streams that look best are made, and the shortest is taken.
 * @module
 */
import type { Layout } from "../../runtime/format/unpack/unpack.ts";
import { adaptiveStream, cheaperAdaptive } from "./adaptive.ts";
import { fitPrediction, predictions } from "./fit_prediction.ts";
import { fixed } from "./fixed.ts";
import { type Data, parametricStream } from "./parametric.ts";
import { shortest } from "./stream.ts";
import type { Encode } from "./tables.ts";
import { tableStream } from "./table.ts";

/** Fewer values than this are not worth a model. */
const FEWEST = 24;

/** Each coder alone; adaptive binary whatever its time. */
export const ENCODERS: Readonly<Record<string, Encode>> = {
  rans: (values, layout) => parametricStream(dataOf(values, layout)),
  rans_table: (values, layout) => tableStream(dataOf(values, layout)),
  adaptive: (values, layout) => adaptiveStream(dataOf(values, layout)),
};

/** The shortest of fixed widths, rANS by parameters or tables, adaptive binary. */
export const entropy: Encode = (values, layout) => {
  const plain = fixed(values);
  if (values.length < FEWEST || plain.bytes.length < FEWEST / 2) return plain;
  const data = dataOf(values, layout);
  return cheaperAdaptive(data, shortest([plain, parametricStream(data), tableStream(data)]));
};

function dataOf(values: Int8Array, layout: Layout): Data {
  const weights = fitPrediction(values, layout);
  return { values, layout, weights, predicted: predictions(values, layout, weights) };
}
