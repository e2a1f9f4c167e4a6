/**
 * Runs the emitted bundle on its target and the original model in ONNX Runtime on the same
 * held-out samples, and compares the two.
 * @module
 */
import type { Model } from "../../runtime/format/model.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { goldenInputs } from "../../runtime/engine/self_check.ts";
import { compareOutputs, percentile } from "../check/mod.ts";
import type { MismatchReport, Report } from "../check/report.ts";
import { createOracle, type Dataset } from "../data/mod.ts";
import type { Runnable, TargetFindings } from "../targets/target.ts";
import type { SourceModel } from "./read_source.ts";

/** The part of the report that running the bundle gives. */
export type Evaluation =
  & Pick<
    Report,
    | "accuracy"
    | "outputs"
    | "bitExact"
    | "goldenError"
    | "mismatch"
    | "latencyMs"
    | "coldStartMs"
    | "memory"
  >
  & Pick<TargetFindings, "device" | "instructions">
  & { runtime: string; layerMs: readonly number[] };

/** What to evaluate. */
export interface EvaluationInput {
  emitted: Runnable;
  /** The packed model inside the bundle. */
  model: Model;
  /** The original, or null when only the bundle can be run. */
  source: SourceModel | null;
  dataset: Dataset | null;
  /** Held-out samples. */
  samples: readonly number[];
  /** Told after each sample. */
  onSample: (done: number) => void;
}

/** Feeds the held-out samples to both and measures the bundle. */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  const { emitted, model, source, dataset, samples } = input;
  const target = await emitted.start(model);
  try {
    const original: Float32Array[][] = [];
    const bundle: Float32Array[][] = [];
    if (source && dataset) {
      const shapes = Object.fromEntries(
        model.inputs.map((
          i,
        ) => [model.tensors[i].name, [...model.tensors[i].shape]]),
      );
      const oracle = await createOracle(source.bytes, { shapes, externalData: source.beside });
      for (const [done, sample] of samples.entries()) {
        const inputs = await dataset.inputs(sample);
        original.push(await oracle.run(inputs));
        bundle.push(await target.run(inputs));
        input.onSample(done + 1);
      }
      await oracle.close();
    }
    const findings = await target.finish();
    const times = findings.latencies.toSorted((a, b) => a - b);
    const compared = original.length
      ? compareOutputs({
        metric: dataset?.metric ?? "agreement",
        labels: dataset?.labels ? samples.map((i) => dataset.labels![i]) : null,
        original,
        bundle,
      })
      : { accuracy: null, outputs: null };
    return {
      runtime: target.hello.runtime,
      ...compared,
      layerMs: findings.layers,
      bitExact: findings.selfCheck.bitExact,
      goldenError: findings.selfCheck.samples ? findings.selfCheck.maxAbsError : null,
      mismatch: locate(
        model,
        findings.selfCheck.mismatch,
        findings.mismatchBytes,
      ),
      latencyMs: times.length ? { p50: percentile(times, 50), p95: percentile(times, 95) } : null,
      coldStartMs: await emitted.measureColdStart(),
      memory: {
        arenaBytes: findings.device?.ram.arena ?? model.arenaBytes,
        peakBytes: findings.peakBytes,
      },
      device: findings.device,
      instructions: findings.instructions,
    };
  } finally {
    target.stop();
  }
}

/** Names the first element that differs, by running the reference on the same golden sample. */
function locate(
  model: Model,
  mismatch: { golden: number; index: number; layer: string; op: string } | null,
  bytes: readonly number[] | null,
): MismatchReport | null {
  if (!mismatch || !bytes) return null;
  const { golden, index, layer, op } = mismatch;
  const integer = model.tensors[model.operators[index].output].dtype === "int8";
  const valuesOf = (raw: Uint8Array) =>
    integer ? new Int8Array(raw.slice().buffer) : new Float32Array(raw.slice().buffer);
  const got = valuesOf(Uint8Array.from(bytes));
  let wanted: ArrayLike<number> = [];
  runReference(model, goldenInputs(model, model.golden[golden]), (at, raw) => {
    if (at === index) wanted = valuesOf(raw);
  });
  const element = got.findIndex((value, i) => !Object.is(value, wanted[i]));
  return {
    golden,
    layer,
    op,
    element,
    got: got[element],
    wanted: wanted[element],
  };
}
