/**
 * Rows whose errors count together, as outputs of one layer do in what comes behind.
 * @module
 */

/**
 * With the Hessian G ⊗ H, G of a layer's outputs and H of its inputs, errors e = t − s·q cost
 * Σ G_oo′·e_o·H·e_o′ᵀ (Martens and Grosse 2015, K-FAC, arXiv:1503.05671, §3; Tseng et al. 2025, "YAQA",
 * arXiv:2505.22988, for rounding). With all other rows fixed, that is least where row o alone, by H,
 * is nearest to t_o + Σ_{o′≠o} G_oo′/G_oo·e_o′.
 * @param shares G_oo′ / G_oo [rows, rows].
 * @returns what row `row` aims at.
 */
export function coupledTarget(
  shares: Float64Array,
  target: Float64Array,
  integers: Int8Array,
  steps: ArrayLike<number>,
  row: number,
): Float64Array {
  const rows = steps.length;
  const depth = target.length / rows;
  const aim = target.slice(row * depth, (row + 1) * depth);
  for (let other = 0; other < rows; other++) {
    const share = shares[row * rows + other];
    if (other === row || share === 0) continue;
    for (let j = 0, at = other * depth; j < depth; j++, at++) {
      aim[j] += share * (target[at] - steps[other] * integers[at]);
    }
  }
  return aim;
}
