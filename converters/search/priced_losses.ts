/**
 * What λ lets expect of the losses of layers.
 * @module
 */
import { mean } from "./divergence.ts";

/** λ of even steps that nothing was widened for: ln 2 / 6 (compress/rounding/rate_distortion.ts). */
const PLAIN = Math.LN2 / 6;

/** Share of what λ lets expect that every layer is taken to lose. */
const SHARE = 1 / 4;

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
 * The least that layers are taken to lose: a share of the priced losses, in the unit of which all layers'
 * losses are multiples, in the geometric mean of those that are not 0. A measurement that saw nothing
 * would else have a layer take no bits at all.
 * @param layers losses by choice, and the priced ones.
 */
export function leastLosses(
  layers: readonly { losses: readonly number[]; priced: readonly number[] }[],
): number[][] {
  const ratios = layers.flatMap(({ losses, priced }) =>
    losses.flatMap((loss, i) => loss > 0 && priced[i] > 0 ? [Math.log(loss / priced[i])] : [])
  );
  const unit = ratios.length ? Math.exp(mean(ratios)) : 0;
  return layers.map(({ priced }) => priced.map((price) => SHARE * unit * price));
}
