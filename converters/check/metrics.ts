/**
 * What a classifier's scores decide. Scores that are NaN never win.
 * @module
 */

/**
 * The class that scores decide for: the largest, and the lowest class number of equal ones. A single
 * score is read as a probability of class 1: more than ½.
 * @returns −1 when no score is a number.
 */
export function decide(scores: ArrayLike<number>): number {
  if (scores.length === 1) return Number.isNaN(scores[0]) ? -1 : Number(scores[0] > 0.5);
  let best = -1;
  for (let i = 0; i < scores.length; i++) {
    if (best < 0 ? !Number.isNaN(scores[i]) : scores[i] > scores[best]) best = i;
  }
  return best;
}

/**
 * Whether fewer than `k` classes come before `label`; equal scores rank by class number, so `k` = 1
 * is `decide(scores) === label`.
 */
export function inTop(scores: ArrayLike<number>, label: number, k: number): boolean {
  if (scores.length === 1) return k > 1 || decide(scores) === label;
  if (Number.isNaN(scores[label])) return false;
  let before = 0;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] > scores[label] || (scores[i] === scores[label] && i < label)) before++;
  }
  return before < k;
}
