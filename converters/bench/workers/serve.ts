/**
 * What every contender's process does once its model is loaded: it runs on request and answers with
 * times, a JSON document a line. Imports nothing, as it counts towards every cold start alike.
 * @module
 */

/** A loaded contender. */
export interface Runner {
  /** Runs one inference on the sample. */
  run(): unknown;
  /** Values of the first output of a run; none where they are no answer to the sample. */
  output(result: unknown): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Runs one inference and writes the time at which each layer was done, milliseconds. */
  layers?(times: number[]): void;
}

/** What every contender's process is told. */
export interface WorkerConfig {
  /** Runs once and ends, for cold starts. */
  once: boolean;
  /** Files with the sample: float32, little-endian, one for each input. */
  inputs: string[];
}

/** First line of a process. */
export interface Ready {
  /** The first output of the first run. */
  output: number[];
}

/** What the parent asks for. */
export interface Request {
  /** Measures whole runs, or each layer. */
  measure: "runs" | "layers";
  /** How long to go on, milliseconds; at least one run is made. */
  milliseconds: number;
}

/** Times in milliseconds: of each run, or of each layer by run. */
export interface Answer {
  times: number[];
  layers: number[][];
}

/** The configuration, with what a kind of contender adds. */
export function config<T>(): WorkerConfig & T {
  return JSON.parse(Deno.args[0]);
}

/** The sample's values, one array for each input. */
export function readInputs({ inputs }: WorkerConfig): Float32Array[] {
  return inputs.map((path) => new Float32Array(Deno.readFileSync(path).buffer));
}

/** Runs once; then, unless that is all, serves requests until standard input ends. */
export async function serve({ once }: WorkerConfig, runner: Runner): Promise<void> {
  // Runtimes print as they like, and standard output is the parent's.
  console.log = console.info = console.debug = console.error;
  const first = await runner.run();
  if (once) return;
  say({ output: Array.from(await runner.output(first)) } satisfies Ready);
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { measure, milliseconds } = JSON.parse(line) as Request;
      const answer = measure === "runs"
        ? { times: await timeRuns(runner, milliseconds), layers: [] }
        : { times: [], layers: timeLayers(runner, milliseconds) };
      say(answer satisfies Answer);
    }
  }
}

async function timeRuns(runner: Runner, milliseconds: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  let now = 0;
  do {
    const start = performance.now();
    const result = runner.run();
    // What is there already is not waited for: that would cost a turn of the event loop.
    if (result instanceof Promise) await result;
    now = performance.now();
    times.push(now - start);
  } while (now < end);
  return times;
}

/** Times of the layers of each run, without what reading the clock takes. */
function timeLayers(runner: Runner, milliseconds: number): number[][] {
  const all: number[][] = [];
  if (!runner.layers) return all;
  const clock = clockCost();
  const end = performance.now() + milliseconds;
  do {
    const ends: number[] = [];
    const start = performance.now();
    runner.layers(ends);
    all.push(ends.map((time, i) => Math.max(time - (i ? ends[i - 1] : start) - clock, 0)));
  } while (performance.now() < end);
  return all;
}

/** Milliseconds that one reading of the clock takes. */
function clockCost(): number {
  const COUNT = 10000;
  const start = performance.now();
  for (let i = 0; i < COUNT; i++) performance.now();
  return (performance.now() - start) / COUNT;
}

function say(value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  let at = 0;
  while (at < bytes.length) at += Deno.stdout.writeSync(bytes.subarray(at));
}
