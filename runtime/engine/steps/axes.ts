/**
 * Axes of strided kernels.
 * @module
 */

/** One axis: size, and the stride in values of each operand, 0 where it is broadcast. */
export interface Axis {
  size: number;
  strides: readonly number[];
}

/** Most axes that the kernels take. */
export const MOST_AXES = 4;

/** Drops axes of one value and joins neighbours that run together for all operands. */
export function collapse(axes: readonly Axis[]): Axis[] {
  const out: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = out[out.length - 1];
    const joins = last?.strides.every((stride, i) => stride === axis.strides[i] * axis.size);
    if (joins) out[out.length - 1] = { ...axis, size: last.size * axis.size };
    else out.push(axis);
  }
  return out;
}

/** Fills up to four axes, from the front. */
export function fillAxes(axes: readonly Axis[], operands: number): Axis[] {
  const one: Axis = { size: 1, strides: Array<number>(operands).fill(0) };
  return [...Array<Axis>(MOST_AXES - axes.length).fill(one), ...axes];
}
