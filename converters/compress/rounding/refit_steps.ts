/**
 * The best steps for given integers.
 * @module
 */

/**
 * s = q·H·tᵀ / q·H·qᵀ for every row: least squares, the minimum of (t − s·q)·H·(t − s·q)ᵀ. A step
 * that would not be positive stays what it was.
 * @param gram H [depth, depth].
 * @param target t [rows, depth].
 * @param integers q [rows, depth].
 */
export function refitSteps(
  gram: Float64Array,
  depth: number,
  target: Float64Array,
  integers: Int8Array,
  steps: Float64Array,
): Float64Array {
  const product = new Float64Array(depth);
  return steps.map((old, row) => {
    const at = row * depth;
    product.fill(0);
    for (let i = 0; i < depth; i++) {
      const q = integers[at + i];
      if (q === 0) continue;
      const from = i * depth;
      for (let j = 0; j < depth; j++) product[j] += q * gram[from + j];
    }
    let cross = 0;
    let square = 0;
    for (let j = 0; j < depth; j++) {
      cross += product[j] * target[at + j];
      square += product[j] * integers[at + j];
    }
    return cross > 0 && square > 0 ? cross / square : old;
  });
}
