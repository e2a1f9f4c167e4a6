/**
 * Starts all contenders, lets them run in turn, and takes what they showed.
 * @module
 */
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";
import type { Contender } from "./contenders/contender.ts";
import { PEAK_OPERATIONS } from "./kernel_peak.ts";
import { BenchProcess, EMPTY, type Startable } from "./process.ts";
import { type Measured, measureLayers, measureRounds } from "./rounds.ts";

/** What is to run. */
export interface Field {
  contenders: readonly Contender[];
  /** Files with the sample. */
  inputs: readonly string[];
  /** Kernels alone, with an input of their own, by what they are. */
  peaks: ReadonlyMap<string, { contender: Contender; inputs: readonly string[] }>;
}

/** What a contender showed while it was warm. */
export interface WarmResult {
  contender: Contender;
  measured: Measured;
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
  emptyBytes: number | null;
}

/** Runs everyone for so many rounds; all processes are there from the first to the last. */
export async function runSideBySide(
  { contenders, inputs, peaks }: Field,
  rounds: number,
  withLayers: boolean,
  onRound: (done: number) => void,
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
    results.push({ contender, measured: measured[i], layers, output: process.output });
  }
  const gops = measured.slice(started.length)
    .map(({ latencyMs }) => PEAK_OPERATIONS / latencyMs.min / 1e6);
  return {
    results,
    failed,
    peaks: Object.fromEntries([...peaks.keys()].map((name, i) => [name, gops[i]])),
    emptyBytes: empty.peakBytes(),
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
