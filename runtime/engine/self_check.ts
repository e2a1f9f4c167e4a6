/**
 * The check a bundle makes of itself: golden samples against what the reference computed.
 * @module
 */
import { hash32 } from "../format/hash.ts";
import type { GoldenSample, Model, TensorMap } from "../format/model.ts";
import { type LoadedModel, run } from "./session.ts";

/** First layer whose output differs from the reference's. */
export interface LayerMismatch {
  /** Which golden sample. */
  golden: number;
  /** Place in running order. */
  index: number;
  /** Name of the layer. */
  layer: string;
  /** Operator. */
  op: string;
}

/** What the golden samples showed. */
export interface SelfCheck {
  /** Number of golden samples run. */
  samples: number;
  /** Whether every layer of every sample has the reference's bits; null without samples. */
  bitExact: boolean | null;
  /** First difference from the reference, or null. */
  mismatch: LayerMismatch | null;
  /** Largest difference of an output from the reference's, in the output's own units. */
  maxAbsError: number;
}

/** Runs every golden sample and compares layer hashes and outputs with the reference's. */
export function selfCheck(loaded: LoadedModel): SelfCheck {
  const { model } = loaded;
  let mismatch: LayerMismatch | null = null;
  let maxAbsError = 0;
  model.golden.forEach((sample, golden) => {
    const outputs = run(loaded, goldenInputs(model, sample), (index, bytes) => {
      if (mismatch || hash32(bytes) === sample.hashes[index]) return;
      const { name, op } = model.operators[index];
      mismatch = { golden, index, layer: name, op };
    });
    model.outputs.forEach((tensor, i) => {
      const { name, dtype } = model.tensors[tensor];
      const wanted = valuesOf(sample.outputs[i], dtype === "int8");
      const got = outputs[name];
      for (let k = 0; k < wanted.length; k++) {
        const error = Math.abs(got[k] - wanted[k]);
        if (!(error <= maxAbsError)) maxAbsError = error;
      }
    });
  });
  const samples = model.golden.length;
  return {
    samples,
    bitExact: samples ? !mismatch : null,
    mismatch,
    maxAbsError,
  };
}

/**
 * Input values of a golden sample. An input that the model quantizes first is kept as int8 and
 * comes back as the float32 values that quantize to just these.
 */
export function goldenInputs(model: Model, sample: GoldenSample): TensorMap {
  const inputs: TensorMap = {};
  model.inputs.forEach((index, i) => {
    const { name, size } = model.tensors[index];
    const bytes = sample.inputs[i];
    const integer = bytes.length === size;
    const values = valuesOf(bytes, integer);
    if (integer) {
      const { scale, zeroPoint } = quantizedInput(model, index) ??
        { scale: 1, zeroPoint: 0 };
      inputs[name] = Float32Array.from(values, (q) => (q - zeroPoint) * scale);
    } else inputs[name] = values;
  });
  return inputs;
}

/** Scale and zero point that input `index` is quantized with first, or null. */
export function quantizedInput(
  model: Model,
  index: number,
): { scale: number; zeroPoint: number } | null {
  const first = model.operators.filter((operator) => operator.inputs.includes(index));
  if (first.length !== 1 || first[0].op !== "Quantize") return null;
  return model.tensors[first[0].output];
}

function valuesOf(
  bytes: Uint8Array,
  integer: boolean,
): Float32Array | Int8Array {
  const copy = bytes.slice();
  return integer ? new Int8Array(copy.buffer) : new Float32Array(copy.buffer);
}
