/**
 * Measures contenders side by side: in every round each runs for a moment, so that whatever else the
 * machine does meets all alike.
 * @module
 */
import { type BenchProcess, type Startable, timeColdStart } from "./process.ts";
import { median, type Spread, spread } from "./spread.ts";

/** Milliseconds that each contender runs before it is measured: its code is then compiled. */
const WARM_UP = 700;
/** Milliseconds that each runs in a round. */
export const SLOT = 100;

/** Times of one contender. */
export interface Measured {
  /** Milliseconds of every run, by round. */
  rounds: number[][];
  /** Highest resident memory of its process: until the first result, and in all. */
  firstBytes: number | null;
  peakBytes: number | null;
}

/** Warms all processes up, then runs them in turn. Each round begins with another one. */
export async function measureRounds(
  processes: readonly BenchProcess[],
  count: number,
  onRound: () => void,
): Promise<Measured[]> {
  for (const process of processes) {
    await process.ask({ measure: "runs", milliseconds: WARM_UP });
  }
  const rounds: number[][][] = processes.map(() => []);
  for (let round = 0; round < count; round++) {
    for (let i = 0; i < processes.length; i++) {
      const at = (i + round) % processes.length;
      const { times } = await processes[at].ask({ measure: "runs", milliseconds: SLOT });
      rounds[at].push(times);
    }
    onRound();
  }
  return processes.map((process, i) => ({
    rounds: rounds[i],
    firstBytes: process.firstBytes,
    peakBytes: process.peakBytes(),
  }));
}

/** Median milliseconds of each layer. */
export async function measureLayers(process: BenchProcess): Promise<number[]> {
  const { layers } = await process.ask({ measure: "layers", milliseconds: 5 * SLOT });
  const [first = []] = layers;
  return first.map((_, i) => median(layers.map((times) => times[i])));
}

/** Whole processes in turn, from start to first result. */
export async function measureColdStarts(
  contenders: readonly Startable[],
  inputs: readonly string[],
  count: number,
  onRound: (done: number) => void,
): Promise<Spread[]> {
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < count; round++) {
    for (const [i, contender] of contenders.entries()) {
      times[i].push(await timeColdStart(contender, inputs));
    }
    onRound(round + 1);
  }
  return times.map(spread);
}
