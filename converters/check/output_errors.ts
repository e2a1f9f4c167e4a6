/**
 * How far a bundle's outputs are from the original's.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Report } from "./report.ts";

/** Sums of one output over the samples. */
interface Sums {
  signal: number;
  noise: number;
  worst: number;
  low: number;
  high: number;
}

/**
 * Adds up samples:
 * - SQNR = 10·log₁₀(Σ x² / Σ (x − y)²) in dB, over all outputs, null when they are equal;
 * - the largest |x − y|;
 * - the largest |x − y| as a share of max x − min x of its output over all samples (of 1 where the
 *   output never changes).
 *
 * x is the original, y the bundle. Values of the original that are infinite or NaN are left out.
 */
export class OutputErrors {
  readonly #outputs: Sums[] = [];
  #samples = 0;

  /**
   * Adds one sample: the values of every output.
   * @throws KedgeError `accuracy/not-finite` when the bundle's value is not a finite number where the
   * original's is, `bug/outputs` when they have different numbers of values.
   */
  add(original: readonly Float32Array[], bundle: readonly Float32Array[]): void {
    for (const [output, wanted] of original.entries()) {
      const got = bundle[output];
      if (got?.length !== wanted.length) {
        throw new KedgeError({
          code: "bug/outputs",
          message: `Comparing outputs: output ${output} of the bundle has another size`,
          got: `${got?.length ?? 0} values`,
          wanted: `${wanted.length} values`,
        });
      }
      this.#outputs[output] ??= { signal: 0, noise: 0, worst: 0, low: Infinity, high: -Infinity };
      const sums = this.#outputs[output];
      for (let i = 0; i < wanted.length; i++) {
        const x = wanted[i];
        if (!Number.isFinite(x)) continue;
        const error = Math.abs(x - got[i]);
        if (!Number.isFinite(error)) throw notFinite(this.#samples, output, i, got[i], x);
        sums.signal += x * x;
        sums.noise += error * error;
        if (error > sums.worst) sums.worst = error;
        if (x < sums.low) sums.low = x;
        if (x > sums.high) sums.high = x;
      }
    }
    this.#samples++;
  }

  /** The statistics of all samples so far. */
  result(): NonNullable<Report["outputs"]> {
    const sum = (key: "signal" | "noise") => this.#outputs.reduce((s, sums) => s + sums[key], 0);
    const largest = (of: (sums: Sums) => number) => Math.max(0, ...this.#outputs.map(of));
    const [signal, noise] = [sum("signal"), sum("noise")];
    return {
      sqnrDb: noise > 0 && signal > 0 ? 10 * Math.log10(signal / noise) : null,
      maxAbsError: largest(({ worst }) => worst),
      maxRelativeError: largest(({ worst, low, high }) => worst / (high > low ? high - low : 1)),
    };
  }
}

function notFinite(sample: number, output: number, element: number, got: number, wanted: number) {
  return new KedgeError({
    code: "accuracy/not-finite",
    message: `Comparing outputs: the bundle gives no number for element ${element} of output ` +
      `${output} at evaluated sample ${sample}`,
    got: String(got),
    wanted: `about ${wanted}`,
    hint: "float16 weights or outputs may overflow; try other weights",
  });
}
