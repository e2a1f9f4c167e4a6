/**
 * Activations as int8 stores them, in a network that learns.
 * @module
 */
import type { Quantization } from "../../graph/graph.ts";
import type { Node, Step } from "./step.ts";

/** Rounds values to those that int8 has; what lies outside becomes the least or the largest. */
export function fakeQuantize(values: Float32Array, { scale, zeroPoint }: Quantization): void {
  const [least, most] = [-128 - zeroPoint, 127 - zeroPoint];
  for (let i = 0; i < values.length; i++) {
    const q = Math.round(values[i] / scale);
    values[i] = scale * (q < least ? least : q > most ? most : q);
  }
}

/**
 * A step whose output is rounded. Backwards, rounding is taken for the identity and clipping for what
 * it is (the straight-through estimator: Bengio et al. 2013, arXiv:1308.3432, §4; Jacob et al. 2018,
 * arXiv:1712.05877, §3).
 */
export function fakeQuantized(
  step: Step,
  { values, gradient }: Node,
  quantization: Quantization,
): Step {
  const { scale, zeroPoint } = quantization;
  const [least, most] = [-128 - zeroPoint, 127 - zeroPoint];
  const inside = new Uint8Array(values.length);
  return {
    forward() {
      step.forward();
      for (let i = 0; i < values.length; i++) {
        const q = values[i] / scale;
        inside[i] = Number(q >= least - 0.5 && q <= most + 0.5);
      }
      fakeQuantize(values, quantization);
    },
    backward() {
      for (let i = 0; i < values.length; i++) if (!inside[i]) gradient![i] = 0;
      step.backward();
    },
  };
}
