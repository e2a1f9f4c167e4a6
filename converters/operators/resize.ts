/**
 * Resize and Upsample.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import { emitLinear, type Matrix } from "./linear_map.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { type AxisResize, resizeMatrix, type ResizeRule } from "./resize_weights.ts";
import { toNhwc } from "./window.ts";

/** What a node asks for: axes that are resized, each with its sizes. */
interface Plan {
  readonly rule: ResizeRule;
  /** By axis; the others stay. */
  readonly axes: ReadonlyMap<number, AxisResize>;
}

const MODES = ["nearest", "linear", "cubic"];
const NEAREST = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_crop_and_resize",
];

function choice(context: NodeContext, name: string, values: readonly string[]): string {
  const value = context.string(name, values[0]);
  return values.includes(value) ? value : context.refuse(`its ${name} is "${value}"`);
}

function ruleOf(context: NodeContext): ResizeRule {
  // Before opset 11 there was one way: asymmetric, and the nearest is the one to the left.
  const old = context.opset < 11;
  const mode = context.string("mode", "nearest");
  return {
    mode: mode === "bilinear" ? "linear" : choice(context, "mode", MODES),
    nearest: old ? "floor" : choice(context, "nearest_mode", NEAREST),
    coordinates: old
      ? "asymmetric"
      : choice(context, "coordinate_transformation_mode", COORDINATES),
    cubicA: context.number("cubic_coeff_a", -0.75),
    excludeOutside: context.number("exclude_outside", 0) === 1,
    antialias: context.number("antialias", 0) === 1,
  };
}

/** A list input that is there and not empty, of one entry for each axis (or twice as many). */
function listOf(context: NodeContext, index: number, what: string, length: number) {
  const values = context.constant(index, what);
  if (!values?.length) return null;
  return values.length === length ? values : context.fail(
    `its ${what} does not fit its axes`,
    text(values),
    `${length} values`,
  );
}

function planOf(context: NodeContext): Plan {
  const rule = ruleOf(context);
  const shape = context.shape(0);
  const given = context.numbers("axes");
  const axes = given ? context.axes(given, shape.length) : shape.map((_, axis) => axis);
  const [roiAt, scalesAt, sizesAt] = context.opset < 11 ? [-1, 1, -1] : [1, 2, 3];
  const scales = context.numbers("scales") ?? listOf(context, scalesAt, "scales", axes.length);
  const sizes = listOf(context, sizesAt, "sizes", axes.length);
  const roi = rule.coordinates === "tf_crop_and_resize"
    ? listOf(context, roiAt, "roi", 2 * axes.length)
    : null;
  if (!sizes && scales?.length !== axes.length) {
    context.fail("it has neither scales nor sizes", "none", "one of them");
  }
  const from = axes.map((axis) => shape[axis]);
  const [factors, targets] = sizes ? sizedBy(context, from, sizes) : [
    scales!,
    from.map((size, i) => Math.floor(size * scales![i])),
  ];
  return {
    rule,
    axes: new Map(axes.map((axis, i) => [axis, {
      from: from[i],
      to: targets[i],
      scale: factors[i],
      region: roi ? [roi[i], roi[i + axes.length]] : [0, 1],
    }])),
  };
}

/** Scales and sizes out of wanted sizes, which may be bounds that keep the aspect ratio. */
function sizedBy(context: NodeContext, from: readonly number[], sizes: number[]): number[][] {
  const ratios = sizes.map((size, i) => size / from[i]);
  const policy = context.string("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return [ratios, sizes];
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return [
    ratios.map(() => ratio),
    from.map((size) => Math.floor(ratio * size + 0.5)),
  ];
}

/** Another size by interpolating along each axis. */
export const resize: Operator = {
  names: ["Resize", "Upsample"],
  infer(context) {
    const { axes } = planOf(context);
    const shape = context.shape(0).map((dim, axis) => axes.get(axis)?.to ?? dim);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const { rule, axes } = planOf(context);
    const matrices = new Map<number, Matrix>();
    for (const [axis, sizes] of axes) {
      const matrix = resizeMatrix(sizes, rule);
      if (!isIdentity(matrix)) matrices.set(axis, matrix);
    }
    const picture = context.shape(0).length === 4 && rule.mode === "nearest" &&
      [...matrices.keys()].every((axis) => axis >= 2);
    let value = picture ? toNhwc(context, context.value(0)) : context.value(0);
    // From the last axis on, which needs no Transpose.
    for (const [axis, matrix] of [...matrices].sort(([a], [b]) => b - a)) {
      value = emitLinear(context, value, picture ? axis - 1 : axis, matrix);
    }
    if (picture) {
      value = context.emit("Transpose", [value], {
        shape: context.outputShape(),
        list: [0, 3, 1, 2],
      });
    }
    const outside = outsideOf(context.outputShape(), matrices);
    const extra = context.number("extrapolation_value", 0);
    context.finish(
      outside && extra !== 0
        ? emitArithmetic(
          context,
          "Add",
          value,
          context.newConstant(context.outputShape(), outside.map((out) => out ? extra : 0)),
        )
        : value,
    );
  },
};

function isIdentity(matrix: Matrix): boolean {
  return matrix.length === matrix[0].length &&
    matrix.every((row, i) => row.every((factor, k) => factor === (i === k ? 1 : 0)));
}

/** Which elements of the output lie outside of the input along any axis; null where none do. */
function outsideOf(
  shape: readonly number[],
  matrices: ReadonlyMap<number, Matrix>,
): boolean[] | null {
  const empty = new Map(
    [...matrices].map(([axis, rows]) => [axis, rows.map((row) => row.every((x) => x === 0))]),
  );
  if (![...empty.values()].flat().includes(true)) return null;
  let outside = [false];
  shape.forEach((size, axis) => {
    const along = Array.from({ length: size }, (_, i) => empty.get(axis)?.[i] ?? false);
    outside = outside.flatMap((out) => along.map((here) => out || here));
  });
  return outside;
}
