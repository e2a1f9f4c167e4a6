/**
 * Golden samples: inputs with the reference's outputs and layer hashes, packed into the model so
 * that every target can check itself.
 * @module
 */
import { quantizedInput } from "../../runtime/engine/self_check.ts";
import { hash32 } from "../../runtime/format/hash.ts";
import type { GoldenSample, Model, TensorMap } from "../../runtime/format/model.ts";
import { seededRandom } from "../data/mod.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import type { Samples } from "./samples.ts";

/**
 * Runs the reference on one sample and keeps what a target needs to compare.
 * @param inputs float32 values of every model input, in order.
 */
export function goldenSample(
  model: Model,
  inputs: readonly Float32Array[],
): GoldenSample {
  const stored: Uint8Array[] = [];
  const feed: TensorMap = {};
  model.inputs.forEach((index, i) => {
    const quantized = quantizedInput(model, index);
    const name = model.tensors[index].name;
    if (!quantized) {
      feed[name] = inputs[i];
      stored.push(bytesOf(inputs[i]));
      return;
    }
    const { scale, zeroPoint } = quantized;
    const integers = Int8Array.from(inputs[i], (value) => {
      const q = Math.round(value / scale) + zeroPoint;
      return Math.min(127, Math.max(-128, q));
    });
    feed[name] = Float32Array.from(integers, (q) => (q - zeroPoint) * scale);
    stored.push(bytesOf(integers));
  });
  const hashes = new Uint32Array(model.operators.length);
  const outputs = runReference(
    model,
    feed,
    (index, bytes) => hashes[index] = hash32(bytes),
  );
  return {
    inputs: stored,
    outputs: model.outputs.map((index) => bytesOf(outputs[model.tensors[index].name])),
    hashes,
  };
}

/**
 * Float inputs of golden sample `i`: calibration samples where there are any, else seeded noise in
 * 0…1.
 */
export async function goldenInput(
  model: Model,
  { calibration }: Samples,
  i: number,
): Promise<Float32Array[]> {
  if (calibration) {
    const { dataset, indices } = calibration;
    return await dataset.inputs(indices[i % indices.length]);
  }
  const random = seededRandom(i);
  return model.inputs.map((index) =>
    Float32Array.from({ length: model.tensors[index].size }, () => random())
  );
}

/** How many golden samples a model carries: two, or one where they would outweigh the model. */
export function goldenCount(model: Model): number {
  const inputBytes = model.inputs.reduce(
    (sum, index) => sum + model.tensors[index].size,
    0,
  );
  return inputBytes <= 8192 ? 2 : 1;
}

function bytesOf(
  values: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number },
) {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    .slice();
}
