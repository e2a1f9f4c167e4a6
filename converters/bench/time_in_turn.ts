/**
 * Times of several models in one process.
 * @module
 */

/** Milliseconds that each runs before it is measured: its code is then compiled. */
const WARM_UP = 400;
/** Rounds in which each takes its turn, and the milliseconds of a turn. */
const ROUNDS = 50;
const TURN = 15;

/**
 * Milliseconds of a run of each in the best of its turns, as whatever else the machine does only adds
 * to them (Chen and Revels 2016, arXiv:1608.04295, §4); turns go round, so that it meets all alike.
 */
export function timeInTurn(runs: readonly (() => void)[]): number[] {
  const turn = (work: () => void, milliseconds: number): number => {
    const start = performance.now();
    let count = 0;
    let passed = 0;
    do {
      work();
      count++;
      passed = performance.now() - start;
    } while (passed < milliseconds);
    return passed / count;
  };
  for (const work of runs) turn(work, WARM_UP);
  const times = runs.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((work, i) => times[i].push(turn(work, TURN)));
  }
  return times.map((list) => Math.min(...list));
}
