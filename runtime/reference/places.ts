/**
 * Operators on places along an axis, which are whole numbers in float32: Gather, ArgSort.
 * @module
 */
import type { Context } from "./context.ts";

/** Rows of the first input at the places that the second names. */
export function gather({ inputs: [x], values: [rows, places], result }: Context<"Gather">): void {
  const [count] = x.shape;
  const inner = x.size / count;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] > 0 ? Math.min(Math.floor(places[i]), count - 1) : 0;
    for (let k = 0; k < inner; k++) result[i * inner + k] = rows[place * inner + k];
  }
}

/** Places of each row's values, the largest first. */
export function argSort({ inputs: [x], values: [data], result }: Context<"ArgSort">): void {
  const length = x.shape[x.shape.length - 1];
  for (let row = 0; row < x.size; row += length) {
    const keys = Array.from({ length }, (_, i) => {
      const value = data[row + i];
      return value !== value ? -Infinity : value;
    });
    // A difference of equal infinities is NaN, which is no order.
    const places = keys.map((_, i) => i).sort((a, b) =>
      keys[a] === keys[b] ? a - b : keys[b] > keys[a] ? 1 : -1
    );
    result.set(places, row);
  }
}
