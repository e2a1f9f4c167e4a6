/**
 * Memory, or an error that says how much was wanted.
 * @module
 */
import { KedgeError } from "../format/error.ts";

/**
 * Tries to get memory for `bytes` in all.
 * @throws KedgeError `model/memory`.
 */
export function reserve<T>(get: () => T, bytes: number): T {
  try {
    return get();
  } catch (cause) {
    throw new KedgeError({
      code: "model/memory",
      message: "Preparing the model: there is not enough memory for it",
      wanted: `${bytes} bytes`,
      hint: "use a smaller model or smaller weights, or free memory",
    }, { cause });
  }
}
