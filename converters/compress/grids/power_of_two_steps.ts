/**
 * Steps that are powers of two.
 * @module
 */
import type { WeightRows } from "./fit_grid.ts";
import { type Grid, nearestIntegers } from "./grid.ts";

/**
 * Of the powers of two below and above every step, the one that errs less: Σ h(w − 2ⁿ·q)² with q the
 * nearest levels. Then Q(x) = round(x / 2ⁿ) in every channel, n its own (Habi et al. 2021, "HPTQ",
 * arXiv:2109.09113, has one n a tensor).
 */
export function powerOfTwoSteps(grid: Grid, weights: WeightRows): Grid {
  const { rows, depth, floors } = weights;
  const [below, above] = [Math.floor, Math.ceil].map((round) =>
    grid.steps.map((step, o) => {
      const power = 2 ** round(Math.log2(step));
      return power >= floors[o] ? power : 2 ** Math.ceil(Math.log2(floors[o]));
    })
  );
  const errors = [below, above].map((steps) => {
    const integers = nearestIntegers({ ...grid, steps }, rows, depth);
    const sums = new Float64Array(steps.length);
    for (let o = 0; o < steps.length; o++) {
      const importance = weights.importance(o);
      for (let k = 0; k < depth; k++) {
        const at = o * depth + k;
        sums[o] += importance[k] * (rows[at] - steps[o] * integers[at]) ** 2;
      }
    }
    return sums;
  });
  return { ...grid, steps: below.map((step, o) => errors[0][o] <= errors[1][o] ? step : above[o]) };
}
