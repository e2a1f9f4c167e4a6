/**
 * Runs inside the fresh Deno process of a check, without permissions: loads the emitted module and
 * answers frames of inputs with frames of outputs. After the samples it runs the golden samples
 * and measures latency.
 * @module
 */
import { goldenInputs, type SelfCheck } from "../../../runtime/engine/self_check.ts";
import type { LoadedModel } from "../../../runtime/engine/session.ts";
import type { LayerHook, TensorMap } from "../../../runtime/format/model.ts";
import { frame, FrameReader, joinTensors, splitTensors } from "./frames.ts";

/** What an emitted module exports, as far as a check needs it. */
export interface BundleModule {
  load(): Promise<LoadedModel>;
  run(loaded: LoadedModel, inputs: TensorMap, onLayer?: LayerHook): TensorMap;
  selfCheck(loaded: LoadedModel): SelfCheck;
}

/** First frame of the worker: what it loaded. */
export interface Hello {
  runtime: string;
  arenaBytes: number;
}

/** Last frame of the worker. */
export interface Findings {
  selfCheck: SelfCheck;
  /** Output bytes of the layer that differs first; null where none does. */
  mismatchBytes: number[] | null;
  /** Milliseconds of each timed run on the last sample. */
  latencies: number[];
  /** Milliseconds of each layer, in running order: the least of some runs. */
  layers: number[];
  /** Resident memory at the end, bytes. */
  rss: number;
}

/** Timed runs: at most this many, and at most this long. */
const TIMED_RUNS = 200;
const TIMED_MILLISECONDS = 1500;

/** Serves one check over standard input and output, then returns. */
export async function serveCheck(bundle: BundleModule): Promise<void> {
  const loaded = await bundle.load();
  const { model } = loaded;
  const named = (indices: readonly number[]) => indices.map((index) => model.tensors[index]);
  const inputs = named(model.inputs);
  const outputs = named(model.outputs);
  const hello: Hello = {
    runtime: `deno ${Deno.version.deno}`,
    arenaBytes: model.arenaBytes,
  };
  send(text(hello));
  const frames = new FrameReader(Deno.stdin.readable);
  let feed: TensorMap = Object.fromEntries(
    inputs.map(({ name, size }) => [name, new Float32Array(size)]),
  );
  while (true) {
    const payload = await frames.read();
    if (!payload?.length) break;
    const values = splitTensors(payload, inputs.map(({ size }) => size));
    feed = Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]]));
    const result = bundle.run(loaded, feed);
    send(joinTensors(outputs.map(({ name }) => result[name])));
  }
  const selfCheck = bundle.selfCheck(loaded);
  const findings: Findings = {
    selfCheck,
    mismatchBytes: mismatchBytes(bundle, loaded, selfCheck),
    latencies: measure(() => bundle.run(loaded, feed)),
    layers: measureLayers(bundle, loaded, feed),
    rss: Deno.memoryUsage().rss,
  };
  send(text(findings));
  await frames.read(); // the parent looks at this process's memory, then closes the stream
}

/** Runs the golden sample of the first mismatch again and keeps that layer's output. */
function mismatchBytes(
  bundle: BundleModule,
  loaded: LoadedModel,
  { mismatch }: SelfCheck,
): number[] | null {
  if (!mismatch) return null;
  const { model } = loaded;
  let kept: number[] | null = null;
  bundle.run(
    loaded,
    goldenInputs(model, model.golden[mismatch.golden]),
    (index, bytes) => {
      if (index === mismatch.index) kept = Array.from(bytes);
    },
  );
  return kept;
}

function measure(once: () => unknown): number[] {
  const times: number[] = [];
  const end = performance.now() + TIMED_MILLISECONDS;
  while (
    times.length < TIMED_RUNS && (times.length < 5 || performance.now() < end)
  ) {
    const start = performance.now();
    once();
    times.push(performance.now() - start);
  }
  return times;
}

/** The hook is called behind each layer, so the time since the last call is the layer's. */
function measureLayers(bundle: BundleModule, loaded: LoadedModel, feed: TensorMap): number[] {
  const least = loaded.model.operators.map(() => Infinity);
  measure(() => {
    let last = performance.now();
    bundle.run(loaded, feed, (index) => {
      least[index] = Math.min(least[index], performance.now() - last);
      last = performance.now();
    });
  });
  return least;
}

function send(payload: Uint8Array): void {
  const bytes = frame(payload);
  let at = 0;
  while (at < bytes.length) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function text(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
