/**
 * How a float32 output is handed over as int8.
 * @module
 */
import { UNARY_KINDS } from "../../../../runtime/format/operators.ts";
import type { Model } from "../../../../runtime/format/model.ts";

/** real = scale × (q − zeroPoint). */
export interface OutputScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * Scale of output `index`: its own where it is int8; 1/256 for probabilities; else what holds the
 * outputs of the golden samples twice.
 */
export function outputScale(model: Model, index: number): OutputScale {
  const tensor = model.tensors[model.outputs[index]];
  if (tensor.dtype === "int8") return { scale: tensor.scale, zeroPoint: tensor.zeroPoint };
  const made = model.operators.find(({ output }) => output === model.outputs[index]);
  const params = made?.params as Readonly<Record<string, number>> | undefined;
  const probabilities = made?.op === "Softmax" && !params?.log ||
    made?.op === "Unary" && UNARY_KINDS[params?.kind ?? 0] === "sigmoid";
  if (probabilities) return { scale: 1 / 256, zeroPoint: -128 };
  let largest = 0;
  for (const { outputs } of model.golden) {
    const values = new Float32Array(outputs[index].slice().buffer);
    for (const value of values) {
      if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    }
  }
  return { scale: Math.fround(2 * (largest || 4) / 127), zeroPoint: 0 };
}
