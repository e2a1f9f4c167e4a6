/**
 * Interval of the difference of two paired proportions.
 * @module
 */
import { wilson } from "./wilson.ts";

/**
 * 95% interval of p₁ − p₂ for paired samples, from the two Wilson intervals and the correlation φ
 * (Newcombe 1998, Statistics in Medicine 17:2635, method 10).
 * @param both samples both got right, `first` only the first, `second` only the second, `neither`.
 */
export function newcombe(
  both: number,
  first: number,
  second: number,
  neither: number,
): [number, number] {
  const n = both + first + second + neither;
  if (n === 0) return [-1, 1];
  const p1 = (both + first) / n;
  const p2 = (both + second) / n;
  const [l1, u1] = wilson(both + first, n);
  const [l2, u2] = wilson(both + second, n);
  const margins = (both + first) * (second + neither) * (both + second) * (first + neither);
  let cross = both * neither - first * second;
  // Newcombe's continuity correction of φ where it is positive.
  if (cross > 0) cross = Math.max(cross - n / 2, 0);
  const phi = margins > 0 ? cross / Math.sqrt(margins) : 0;
  const difference = p1 - p2;
  const width = (a: number, b: number) => Math.sqrt(Math.max(a * a - 2 * phi * a * b + b * b, 0));
  return [
    difference - width(p1 - l1, u2 - p2),
    difference + width(u1 - p1, p2 - l2),
  ];
}
