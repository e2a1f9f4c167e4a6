/**
 * Starts all contenders, lets them run in turn, and takes what they showed.
 * @module
 */
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";
import type { Contender } from "./contenders/contender.ts";
import { PEAK_OPERATIONS } from "./kernel_peak.ts";
import { BenchProcess, EMPTY, type Startable } from "./process.ts";
import { type Measured, measureLayers, measureRounds } from "./rounds.ts";
import { median } from "./spread.ts";

/** What is to run. */
export interface Field {
  contenders: readonly Contender[];
  /** Files with the sample. */
  inputs: readonly string[];
  /** Kernels alone, with an input of their own, by what they are. */
  peaks: ReadonlyMap<string, { contender: Contender; inputs: readonly string[] }>;
}

/** What a contender showed while it was warm. */
export interface WarmResult extends Measured {
  contender: Contender;
  /** Median milliseconds of each layer; null where it was not asked for or cannot be told. */
  layers: number[] | null;
  /** The first output. */
  output: readonly number[];
}

/** What all showed. */
export interface WarmResults {
  results: WarmResult[];
  /** Contenders that cannot run the model, with the reason. */
  failed: { name: string; reason: ErrorData }[];
  /** Thousand millions of operations a second of the kernels at their best. */
  peaks: Record<string, number>;
  /** Peak memory of a process with nothing in it, bytes. */
  empty: Pick<Measured, "firstBytes" | "peakBytes">;
}

/**
 * How often all processes are started anew. One process differs from the next by where its code and
 * memory come to lie, by up to half in some runtimes.
 */
const GENERATIONS = 3;

/** Runs everyone for so many rounds, in several generations of processes where there are enough. */
export async function runSideBySide(
  field: Field,
  rounds: number,
  withLayers: boolean,
  onRound: (done: number) => void,
): Promise<WarmResults> {
  const generations = rounds < 2 * GENERATIONS ? 1 : GENERATIONS;
  const all: WarmResults[] = [];
  let { contenders } = field;
  let done = 0;
  for (let i = 0; i < generations; i++) {
    const until = Math.round(rounds * (i + 1) / generations);
    const layers = withLayers && i === generations - 1;
    const generation = await runGeneration(
      { ...field, contenders },
      until - done,
      layers,
      () => onRound(++done),
    );
    contenders = generation.results.map(({ contender }) => contender);
    all.push(generation);
  }
  const last = all[all.length - 1];
  return {
    ...last,
    failed: all.flatMap(({ failed }) => failed),
    results: last.results.map((result) => merge(result, all)),
    peaks: Object.fromEntries(
      Object.keys(last.peaks).map((name) => [name, Math.max(...all.map((g) => g.peaks[name]))]),
    ),
    empty: medianMemory(all.map(({ empty }) => empty)),
  };
}

/** One contender's results of all generations. */
function merge(result: WarmResult, all: readonly WarmResults[]): WarmResult {
  const same = all.map(({ results }) =>
    results.find(({ contender }) => contender === result.contender)
  ).filter((found) => found !== undefined);
  return {
    ...result,
    rounds: same.flatMap(({ rounds }) => rounds),
    ...medianMemory(same),
  };
}

function medianMemory(
  all: readonly Pick<Measured, "firstBytes" | "peakBytes">[],
): Pick<Measured, "firstBytes" | "peakBytes"> {
  return {
    firstBytes: medianBytes(all.map(({ firstBytes }) => firstBytes)),
    peakBytes: medianBytes(all.map(({ peakBytes }) => peakBytes)),
  };
}

function medianBytes(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length ? median(known) : null;
}

/** All processes are there from the first round to the last. */
async function runGeneration(
  { contenders, inputs, peaks }: Field,
  rounds: number,
  withLayers: boolean,
  onRound: () => void,
): Promise<WarmResults> {
  await using pool = new Pool();
  const empty = await pool.start(EMPTY, inputs);
  const failed: WarmResults["failed"] = [];
  const started: { contender: Contender; process: BenchProcess }[] = [];
  for (const contender of contenders) {
    try {
      started.push({ contender, process: await pool.start(contender, inputs) });
    } catch (error) {
      if (contender.own || !(error instanceof KedgeError)) throw error;
      failed.push({ name: contender.name, reason: error.data });
    }
  }
  const kernels: BenchProcess[] = [];
  for (const { contender, inputs } of peaks.values()) {
    kernels.push(await pool.start(contender, inputs));
  }
  const processes = [...started.map(({ process }) => process), ...kernels];
  const measured = await measureRounds(processes, rounds, onRound);
  const results: WarmResult[] = [];
  for (const [i, { contender, process }] of started.entries()) {
    const layers = withLayers && contender.own ? await measureLayers(process) : null;
    results.push({ contender, ...measured[i], layers, output: process.output });
  }
  const fastest = measured.slice(started.length).map(({ rounds }) =>
    rounds.flat().reduce((least, time) => Math.min(least, time), Infinity)
  );
  return {
    results,
    failed,
    peaks: Object.fromEntries(
      [...peaks.keys()].map((name, i) => [name, PEAK_OPERATIONS / fastest[i] / 1e6]),
    ),
    empty: { firstBytes: empty.firstBytes, peakBytes: empty.peakBytes() },
  };
}

/** Processes that end together. */
class Pool implements AsyncDisposable {
  readonly #processes: BenchProcess[] = [];

  async start(contender: Startable, inputs: readonly string[]): Promise<BenchProcess> {
    const process = await BenchProcess.start(contender, inputs);
    this.#processes.push(process);
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }
}
