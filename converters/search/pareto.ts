/**
 * Points that no other point beats.
 * @module
 */

/** What a point is judged by: less of both is better. */
export interface Point {
  bytes: number;
  loss: number;
}

/**
 * The Pareto front, smallest first: points that no other has fewer bytes and at most the loss of, or
 * less loss and at most the bytes. Of equal points the first stays.
 */
export function paretoFront<P extends Point>(points: readonly P[]): P[] {
  const sorted = points.toSorted((a, b) => a.bytes - b.bytes || a.loss - b.loss);
  let least = Infinity;
  return sorted.filter(({ loss }) => {
    if (!(loss < least)) return false;
    least = loss;
    return true;
  });
}
