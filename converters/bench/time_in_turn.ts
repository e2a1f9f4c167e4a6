/**
 * Times of several models in one process.
 * @module
 */
import { median } from "./spread.ts";

/** Milliseconds that each runs before it is measured: its code is then compiled. */
const WARM_UP = 150;
/** Rounds in which each takes its turn, and the milliseconds of a turn. */
const ROUNDS = 25;
const TURN = 10;

/**
 * Median milliseconds of a run of each, in rounds of turns, so that whatever else the machine does
 * meets all alike.
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
  return times.map(median);
}
