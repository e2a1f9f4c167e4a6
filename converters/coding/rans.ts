/**
 * Asymmetric numeral systems (Duda 2013, arXiv:1311.2540), the other side of
 * runtime/format/unpack/rans.ts.
 * @module
 */
import { TOTAL } from "../../runtime/format/unpack/distribution.ts";
import { gridOf, predict } from "../../runtime/format/unpack/predict.ts";
import type { Model } from "../../runtime/format/unpack/rans.ts";
import { type Layout, LOWEST } from "../../runtime/format/unpack/unpack.ts";

/** Symbols in the order in which they are decoded: where the slots of each begin, and how many they are. */
export interface Symbols {
  readonly starts: Uint16Array;
  readonly sizes: Uint16Array;
}

/** The symbols that values are by a model. */
export function symbolsOf(values: Int8Array, layout: Layout, model: Model): Symbols {
  const { classes, weights, frequencies } = model;
  const starts = frequencies.map((table) => {
    let sum = 0;
    return Uint16Array.from(table, (frequency) => (sum += frequency) - frequency);
  });
  const found = { starts: new Uint16Array(values.length), sizes: new Uint16Array(values.length) };
  predict(values, gridOf(layout), weights, (i, prediction) => {
    const entry = classes[prediction + (classes.length >> 1)];
    const symbol = (values[i] - (entry >> 8)) & 255;
    found.starts[i] = starts[entry & 255][symbol];
    found.sizes[i] = frequencies[entry & 255][symbol];
  });
  return found;
}

/**
 * Two states, then for each of several runs of symbols the words that are read with them. States take turns
 * over all symbols, and encoding goes backwards.
 * @returns bytes of each run, the states in front of the first.
 */
export function encodeRuns(runs: readonly Symbols[]): Uint8Array[] {
  const states = [LOWEST, LOWEST];
  let i = runs.reduce((sum, { sizes }) => sum + sizes.length, 0);
  const words = runs.toReversed().map(({ starts, sizes }) => {
    const words: number[] = [];
    for (let k = sizes.length - 1; k >= 0; k--) {
      const turn = --i & 1;
      const size = sizes[k];
      let state = states[turn];
      if (state >= size * (LOWEST / TOTAL) * 65536) {
        words.push(state & 0xffff);
        state = Math.floor(state / 65536);
      }
      states[turn] = Math.floor(state / size) * TOTAL + state % size + starts[k];
    }
    return words.reverse();
  }).reverse();
  return words.map((words, run) => {
    const first = run ? [] : states.flatMap((state) => [state & 0xffff, state >>> 16]);
    const all = Uint16Array.from([...first, ...words]);
    return new Uint8Array(all.buffer);
  });
}
