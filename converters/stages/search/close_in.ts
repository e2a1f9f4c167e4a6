/**
 * Finds the λ whose file just keeps to a budget.
 * @module
 */

/** Files made, at most. */
const MOST = 5;
/** Share of the budget that is near enough. */
const NEAR = 0.985;

/** A file that was made. */
export interface LambdaPoint {
  /** Squared steps that a bit was worth. */
  lambda: number;
  bytes: number;
}

/**
 * Tries values of λ between the largest whose file is over the budget and the smallest whose file is
 * not, until one is just within: regula falsi, as bytes fall about evenly with the logarithm of λ.
 * @param known at least one on either side, or nothing is tried.
 * @param bytesOf makes the file of a λ.
 */
export async function closeIn(
  budget: number,
  known: readonly LambdaPoint[],
  bytesOf: (lambda: number) => Promise<number>,
): Promise<void> {
  const points = [...known];
  for (let i = 0; i < MOST; i++) {
    points.sort((a, b) => a.lambda - b.lambda);
    const at = points.findIndex(({ bytes }) => bytes <= budget);
    if (at < 1 || points[at].bytes >= NEAR * budget) return;
    const [over, under] = [points[at - 1], points[at]];
    const share = (over.bytes - budget * (1 + NEAR) / 2) / (over.bytes - under.bytes);
    const exact = over.lambda * (under.lambda / over.lambda) ** share;
    const lambda = Number(exact.toPrecision(3));
    if (lambda <= over.lambda || lambda >= under.lambda) return;
    points.push({ lambda, bytes: await bytesOf(lambda) });
  }
}
