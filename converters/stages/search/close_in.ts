/**
 * Finds the λ whose file just keeps to a budget.
 * @module
 */

/** Files made, at most. */
const MOST = 5;
/** Share of the budget that is near enough: 1% of the bytes is some 7% of the loss. */
const NEAR = 0.995;
/** Files made to find a factor. */
const FACTORS = 4;
/** Bytes go with λ to the power of −0.2, at first; where they hardly fall, λ is not what they are. */
const [FALL, HARDLY] = [0.2, 0.02];
/** Between factors nearer to each other than this, which way bytes go is noise. */
const APART = 1.05;

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

/**
 * Finds the factor for all λs of a file that makes it just keep to the budget: secants on logarithms.
 * @param bytes at a factor of 1.
 * @param bytesOf makes the file of a factor.
 * @param most largest factor.
 * @returns the smallest factor within the budget; null where none of those tried is.
 */
export async function closeInByFactor(
  budget: number,
  bytes: number,
  bytesOf: (factor: number) => Promise<number>,
  most = Infinity,
): Promise<number | null> {
  const tried = [{ factor: 1, bytes }];
  const wanted = budget * (1 + NEAR) / 2;
  let fall = FALL;
  for (let i = 0; i < FACTORS; i++) {
    const last = tried[tried.length - 1];
    if (last.bytes <= budget && last.bytes >= NEAR * budget) break;
    const free = Number((last.factor * (last.bytes / wanted) ** (1 / fall)).toPrecision(3));
    const factor = Math.min(most, free);
    if (!(factor > 0) || tried.some((one) => one.factor === factor)) break;
    tried.push({ factor, bytes: await bytesOf(factor) });
    const next = tried[tried.length - 1];
    const slope = Math.log(last.bytes / next.bytes) / Math.log(next.factor / last.factor);
    const ratio = next.factor / last.factor;
    if (slope < HARDLY && Math.max(ratio, 1 / ratio) > APART) break;
    // Of files so near to each other, a slope is half noise.
    fall = Math.min(2 * FALL, Math.max(FALL / 2, slope));
  }
  const fitting = tried.filter((one) => one.bytes <= budget).map(({ factor }) => factor);
  return fitting.length ? Math.min(...fitting) : null;
}
