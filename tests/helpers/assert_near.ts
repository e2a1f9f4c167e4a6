/** Floats that are nearly those wanted. */
import assert from "node:assert/strict";

/** Holds every value to within `share` of the range of all, or of 1 where that is larger. */
export function assertNear(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  share: number,
  message: string,
): void {
  let range = 1;
  for (let i = 0; i < wanted.length; i++) range = Math.max(range, Math.abs(wanted[i]));
  for (let i = 0; i < wanted.length; i++) {
    assert(Math.abs(got[i] - wanted[i]) <= share * range, `${message} at ${i}`);
  }
}
