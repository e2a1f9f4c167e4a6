/** Streams as files before `concise` hold them: runtimes go on reading them. */
import { encode, fitModel } from "../../converters/coding/adaptive.ts";
import { join, packBits, type Stream, streamOf } from "../../converters/coding/stream.ts";
import {
  type AdaptiveModel,
  CENTRED,
  GAPS,
  leastOf,
  MOST_SYMBOLS,
  USUAL,
  WIDE,
} from "../../runtime/format/unpack/adaptive.ts";
import { layoutOf } from "../../runtime/format/unpack/unpack.ts";
import type { Weights } from "./weights.ts";

/** The stream with a model of bytes. */
export function adaptiveStream({ values, shape }: Weights): Stream {
  const layout = layoutOf(shape);
  const found = fitModel(values, layout);
  // Windows with lines further above are younger.
  const model = found.far ? { ...found, far: 0, weights: USUAL[1] } : found;
  return streamOf("adaptive", headOf(model), encode(values, layout, model));
}

function headOf({ alphabet, unit, weights, prior }: AdaptiveModel): Uint8Array {
  const wide = alphabet.length > MOST_SYMBOLS;
  const gaps = alphabet.slice(1).map((value, k) => value - alphabet[k]);
  const width = 32 - Math.clz32(gaps.reduce((most, gap) => Math.max(most, gap), 1));
  const usual = USUAL.indexOf(weights);
  const choice = usual < 0 ? USUAL.length : usual;
  const centred = !wide && width === 1 && alphabet[0] === leastOf(alphabet.length);
  const kind = centred ? CENTRED : (wide ? WIDE : 0) | (width > 1 ? GAPS : 0);
  return join(
    [kind | (wide ? 0 : alphabet.length - 1) | prior << 5],
    centred ? [] : [alphabet[0] & 255],
    [unit | choice << 6],
    wide ? [alphabet[alphabet.length - 1] & 255] : [],
    width > 1 ? [width, ...packBits(gaps, width)] : [],
    usual < 0 ? packBits(weights.map((weight) => weight + 16), 5) : [],
  );
}
