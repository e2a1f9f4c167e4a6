/**
 * Asymmetric numeral systems, the other side of runtime/format/unpack/rans.ts.
 * @module
 */
import { TOTAL } from "../../runtime/format/unpack/distribution.ts";
import { gridOf, predict } from "../../runtime/format/unpack/predict.ts";
import { LOWEST, type Model } from "../../runtime/format/unpack/rans.ts";
import type { Layout } from "../../runtime/format/unpack/unpack.ts";

/** Two states and words that give the values back by the model. */
export function encodeRans(values: Int8Array, layout: Layout, model: Model): Uint8Array {
  const { classes, weights, frequencies } = model;
  const starts = frequencies.map((table) => {
    let sum = 0;
    return Uint16Array.from(table, (frequency) => (sum += frequency) - frequency);
  });
  // The decoder knows these in order; encoding goes backwards.
  const found = { starts: new Uint16Array(values.length), sizes: new Uint16Array(values.length) };
  predict(values, gridOf(layout), weights, (i, prediction) => {
    const entry = classes[prediction + (classes.length >> 1)];
    const symbol = (values[i] - (entry >> 8)) & 255;
    found.starts[i] = starts[entry & 255][symbol];
    found.sizes[i] = frequencies[entry & 255][symbol];
  });
  return encodeStates(found.starts, found.sizes);
}

/** Two states and words, of symbols whose slots begin somewhere and are so many. */
export function encodeStates(starts: Uint16Array, frequencies: Uint16Array): Uint8Array {
  const words: number[] = [];
  const states = [LOWEST, LOWEST];
  for (let i = starts.length - 1; i >= 0; i--) {
    const frequency = frequencies[i];
    let state = states[i & 1];
    if (state >= frequency * (LOWEST / TOTAL) * 65536) {
      words.push(state & 0xffff);
      state = Math.floor(state / 65536);
    }
    states[i & 1] = Math.floor(state / frequency) * TOTAL + state % frequency + starts[i];
  }
  const bytes = new Uint8Array(8 + words.length * 2);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, states[0], true);
  view.setUint32(4, states[1], true);
  words.reverse().forEach((word, i) => view.setUint16(8 + i * 2, word, true));
  return bytes;
}
