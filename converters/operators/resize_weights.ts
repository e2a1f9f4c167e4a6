/**
 * Where each place of a resized axis takes its value from (ONNX Resize), as a matrix.
 * @module
 */

/** How one axis is resized. */
export interface AxisResize {
  /** Sizes before and after. */
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** Part of the axis that is taken, for "tf_crop_and_resize". */
  readonly region: readonly [number, number];
}

/** What holds for all axes. */
export interface ResizeRule {
  readonly mode: string;
  readonly nearest: string;
  readonly coordinates: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

const f = Math.fround;

/**
 * Place in the input that output place `i` corresponds to, in single precision as ONNX Runtime has it:
 * "nearest" then decides ties alike.
 */
function origin(i: number, axis: AxisResize, coordinates: string): number {
  const { from, to, scale, region: [begin, end] } = axis;
  const length = f(scale * from);
  const halfPixel = f(f((i + 0.5) / f(scale)) - 0.5);
  switch (coordinates) {
    case "align_corners":
      return length === 1 ? 0 : f(i * (from - 1) / f(length - 1));
    case "asymmetric":
      return f(i / f(scale));
    case "tf_crop_and_resize":
      return begin * (from - 1) + (end - begin) * (from - 1) *
          (length === 1 ? 0.5 : i / (length - 1));
    case "pytorch_half_pixel":
      return axis.to === 1 ? 0 : halfPixel;
    case "half_pixel_symmetric":
      return from / 2 * (1 - to / length) + halfPixel;
    default:
      return halfPixel;
  }
}

/** Keys' cubic at a distance. */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** Share of the right one of two neighbours in "nearest", `ratio` of the way towards it. */
function nearestShare(ratio: number, mode: string): number {
  if (ratio === 1 || mode === "ceil") return 1;
  if (mode === "floor") return 0;
  return Number(mode === "round_prefer_ceil" ? ratio >= 0.5 : ratio > 0.5);
}

/** Weights of the neighbours from `start` on, for a place `ratio` of the way between 0 and 1. */
function neighbours(ratio: number, scale: number, rule: ResizeRule) {
  if (rule.mode === "nearest") {
    const right = nearestShare(ratio, rule.nearest);
    return { start: 0, weights: [1 - right, right] };
  }
  // Antialiasing stretches the filter where the picture shrinks.
  const squeeze = rule.antialias ? Math.min(scale, 1) : 1;
  const radius = rule.mode === "cubic" ? 2 : 1;
  const start = Math.floor(-radius / squeeze) + 1;
  const weights = Array.from({ length: 2 - 2 * start }, (_, k) => {
    const distance = (start + k - ratio) * squeeze;
    return rule.mode === "cubic"
      ? cubic(distance, rule.cubicA)
      : Math.max(1 - Math.abs(distance), 0);
  });
  return { start, weights: rule.antialias ? normalized(weights) : weights };
}

function normalized(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The matrix of one axis; a row of zeros stands for a place outside of the input. */
export function resizeMatrix(axis: AxisResize, rule: ResizeRule): number[][] {
  const { from, to, scale } = axis;
  return Array.from({ length: to }, (_, i) => {
    const row = new Array<number>(from).fill(0);
    const x = origin(i, axis, rule.coordinates);
    const outside = x < 0 || x > from - 1;
    if (outside && rule.coordinates === "tf_crop_and_resize") return row;
    // A place right on an entry is the right one of two, so that the ratio is above 0.
    const left = Math.ceil(x) - 1;
    const { start, weights } = neighbours(x - left, scale, rule);
    const inside = (k: number) => left + start + k >= 0 && left + start + k < from;
    const shares = rule.excludeOutside
      ? normalized(weights.map((weight, k) => inside(k) ? weight : 0))
      : weights;
    shares.forEach((share, k) => {
      row[Math.min(Math.max(left + start + k, 0), from - 1)] += share;
    });
    return row;
  });
}
