/**
 * What layers should lose by λ, before anything is measured.
 * @module
 */
import type { LossPoint } from "./loss_curve.ts";

/** λ of even steps that nothing was widened for: ln 2 / 6 (compress/rounding/rate_distortion.ts). */
const PLAIN = Math.LN2 / 6;

/** A layer by one λ. */
export interface LambdaBytes {
  /** 0 for plain steps. */
  lambda: number;
  bytes: number;
}

/**
 * Losses of a layer up to a factor that is the same for all layers, as λ is what a byte is worth: of
 * bytes that fall evenly with log λ, ΔB of them cost ∫ λ dB = ΔB·(λ₂ − λ₁) / ln(λ₂ / λ₁).
 * @param list by ascending λ.
 */
export function pricedLosses(list: readonly LambdaBytes[]): number[] {
  let sum = 0;
  return list.map(({ lambda, bytes }, i) => {
    if (i === 0) return 0;
    const [low, high] = [Math.max(PLAIN, list[i - 1].lambda), Math.max(PLAIN, lambda)];
    const price = high > low ? (high - low) / Math.log(high / low) : high;
    sum += Math.max(0, list[i - 1].bytes - bytes) * price;
    return sum;
  });
}

/**
 * Losses that stand in for what noise hides: the priced ones, in the unit in which they are nearest all
 * layers' measured losses, and so unsure that those of a layer weigh as much as one measurement that
 * is off by as much as it says.
 * @param layers measured losses of each layer, and its priced ones.
 */
export function priorLosses(
  layers: readonly { measured: readonly LossPoint[]; priced: readonly number[] }[],
): LossPoint[][] {
  let [both, squares] = [0, 0];
  for (const { measured, priced } of layers) {
    measured.forEach(({ loss, deviation }, i) => {
      if (!(priced[i] > 0 && deviation > 0)) return;
      both += loss * priced[i] / deviation ** 2;
      squares += priced[i] ** 2 / deviation ** 2;
    });
  }
  const unit = squares > 0 ? Math.max(0, both / squares) : 0;
  return layers.map(({ measured, priced }) => {
    const known = priced.filter((price) => price > 0).length;
    return measured.flatMap(({ error }, i) => {
      const loss = unit * priced[i];
      return loss > 0 ? [{ error, loss, deviation: loss * Math.sqrt(known) }] : [];
    });
  });
}
