/**
 * GridSample and AffineGrid.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitScaled, emitShifted } from "./activations.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitGreater, emitNot } from "./conditions.ts";
import { emitSwap } from "./linear_map.ts";
import type { Lowering } from "./lowering.ts";
import { emitMatMul } from "./matmul.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitGather, MOST_PLACES } from "./places.ts";
import { emitSlice, partAlong } from "./slice.ts";
import { emitUnary } from "./unary.ts";

const multiply = (context: Lowering, a: string, b: string) => emitArithmetic(context, "Mul", a, b);
const add = (context: Lowering, a: string, b: string, factorB = 1) =>
  emitArithmetic(context, "Add", a, b, { factorB });

/** What the attributes say; the names of the modes changed in opset 20. */
function modesOf(context: NodeContext): { mode: string; padding: string; corners: boolean } {
  const mode = context.string("mode", context.opset < 20 ? "bilinear" : "linear")
    .replace(/^bi(linear|cubic)$/, "$1");
  const padding = context.string("padding_mode", "zeros");
  const known = ["nearest", "linear", "cubic"].includes(mode) &&
    ["zeros", "border", "reflection"].includes(padding);
  if (!known) context.fail("its modes are not known", `${mode}, ${padding}`, "those of ONNX");
  return { mode, padding, corners: context.number("align_corners", 0) === 1 };
}

/** One place beside a sample along one axis: its cell, how much it weighs, and if it is inside. */
interface Tap {
  readonly cell: string;
  readonly weight: string | null;
  readonly inside: string | null;
}

/** Values of the input at the points of a grid, whose coordinates go from −1 to 1. */
const gridSample: Operator = {
  names: ["GridSample"],
  infer(context) {
    const shape = context.shapeOfRank(0, 4, 5);
    const grid = context.shapeOfRank(1, shape.length);
    if (grid[0] !== shape[0] || grid.at(-1) !== shape.length - 2) {
      context.fail("its grid does not fit", text(grid), `points in ${text(shape)}`);
    }
    const { mode } = modesOf(context);
    if (mode === "cubic" && shape.length === 5) context.refuse("it is cubic in three dimensions");
    if (sizeOf(shape) > MOST_PLACES) context.refuse("its input is too large");
    return [{ dtype: context.input(0).dtype, shape: [...shape.slice(0, 2), ...grid.slice(1, -1)] }];
  },
  lower(context) {
    const [batch, channels, ...sizes] = context.shape(0);
    const grid = context.shape(1);
    const points = [batch, sizeOf(grid.slice(1, -1))];
    const depth = sizes.length;
    // The last coordinate is that of the first spatial axis.
    const taps = sizes.map((size, axis) => {
      const part = partAlong(grid, depth + 1, depth - 1 - axis, 1);
      const coordinate = context.emit("Reshape", [emitSlice(context, context.value(1), part)], {
        shape: points,
      });
      return emitTaps(context, coordinate, size);
    });
    const from = context.emit("Reshape", [context.value(0)], {
      shape: [batch, channels, sizeOf(sizes)],
    });
    const rows = context.emit("Reshape", [emitSwap(context, from, 1, 2)], {
      shape: [batch * sizeOf(sizes), channels],
    });
    const starts = context.newConstant(
      [batch, 1],
      Array.from({ length: batch }, (_, n) => n * sizeOf(sizes)),
    );
    const cells = combinations(taps).map((corner) => {
      const place = corner.reduce(
        (sum, { cell }, axis) =>
          add(context, sum, emitScaled(context, cell, sizeOf(sizes.slice(axis + 1)))),
        starts,
      );
      const taken = emitGather(context, rows, place, 0);
      const factors = corner.flatMap(({ weight, inside }) => [weight, inside])
        .filter((factor) => factor !== null);
      if (factors.length === 0) return taken;
      const factor = factors.reduce((a, b) => multiply(context, a, b));
      const shape = [...points, 1];
      return multiply(context, taken, context.emit("Reshape", [factor], { shape }));
    });
    const sum = cells.reduce((a, b) => add(context, a, b));
    context.finish(
      context.emit("Reshape", [emitSwap(context, sum, 1, 2)], { shape: context.outputShape() }),
    );
  },
};

/** Every way to take one of each list. */
function combinations<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>(
    (rows, list) => rows.flatMap((row) => list.map((entry) => [...row, entry])),
    [[]],
  );
}

/** The cells that a coordinate takes part of along an axis. */
function emitTaps(context: Lowering, coordinate: string, size: number): Tap[] {
  const { mode, padding, corners } = modesOf(context);
  const half = corners ? (size - 1) / 2 : size / 2;
  const scaled = emitScaled(context, emitShifted(context, coordinate, 1), half);
  const raw = corners ? scaled : emitShifted(context, scaled, -0.5);
  if (mode === "nearest") {
    const at = padding === "zeros" ? raw : emitInside(context, raw, size);
    return [emitTap(context, emitUnary(context, "round", at), null, size)];
  }
  // Cubic weights follow from where the point was; each of its cells is brought inside by itself.
  const place = mode === "cubic" || padding === "zeros" ? raw : emitInside(context, raw, size);
  const low = emitUnary(context, "floor", place);
  const fraction = add(context, place, low, -1);
  if (mode === "linear") {
    return [
      emitTap(context, low, emitShifted(context, emitUnary(context, "neg", fraction), 1), size),
      emitTap(context, emitShifted(context, low, 1), fraction, size),
    ];
  }
  return [-1, 0, 1, 2].map((step) => {
    const weight = emitCubicWeight(context, fraction, step);
    return emitTap(context, emitShifted(context, low, step), weight, size);
  });
}

/** A cell as a tap: outside it is 0, or the cell that the padding names. */
function emitTap(context: Lowering, cell: string, weight: string | null, size: number): Tap {
  if (modesOf(context).padding !== "zeros") {
    return { cell: emitInside(context, cell, size), weight, inside: null };
  }
  const below = emitGreater(context, context.newConstant([], [-0.5]), cell);
  const above = emitGreater(context, cell, context.newConstant([], [size - 0.5]));
  const inside = emitNot(context, emitArithmetic(context, "Maximum", below, above));
  return { cell: emitUnary(context, "clip", cell, 0, size - 1), weight, inside };
}

/** A coordinate brought inside: to the border, or mirrored there as often as needed. */
function emitInside(context: Lowering, place: string, size: number): string {
  const { padding, corners } = modesOf(context);
  if (padding === "border") return emitUnary(context, "clip", place, 0, size - 1);
  const [low, high] = corners ? [0, size - 1] : [-0.5, size - 0.5];
  const range = high - low;
  if (range === 0) return emitScaled(context, place, 0);
  const from = emitUnary(context, "abs", emitShifted(context, place, -low));
  const turns = emitUnary(context, "floor", emitScaled(context, from, 1 / (2 * range)));
  const rest = add(context, from, emitScaled(context, turns, 2 * range), -1);
  // Up and down again: range − |rest − range|.
  const distance = emitUnary(context, "abs", emitShifted(context, rest, -range));
  const mirrored = emitShifted(context, emitUnary(context, "neg", distance), range + low);
  return emitUnary(context, "clip", mirrored, 0, size - 1);
}

/** Keys' cubic convolution with a = −0.75 (1981), at the distance of a cell from the point. */
function emitCubicWeight(context: Lowering, fraction: string, step: number): string {
  const a = -0.75;
  const t = emitUnary(context, "abs", emitShifted(context, fraction, -step));
  const factors = step === 0 || step === 1 ? [1, 0, -(a + 3), a + 2] : [-4 * a, 8 * a, -5 * a, a];
  return factors.toReversed().slice(1).reduce(
    (sum, factor) => emitShifted(context, multiply(context, sum, t), factor),
    context.newConstant([], [factors[3]]),
  );
}

/** Sizes of an affine grid, batch and channels first. */
function gridOf(context: NodeContext): number[] {
  const size = context.constant(1, "size") ?? [];
  const depth = size.length - 2;
  const theta = context.shapeOfRank(0, 3);
  if (depth < 2 || depth > 3 || text(theta) !== text([size[0], depth, depth + 1])) {
    context.fail("its size does not fit", text(size), `a batch of ${text(theta)}`);
  }
  return size;
}

/** Points of a grid from −1 to 1, last axis first, with a 1: [points, depth + 1]. */
function gridPoints(sizes: readonly number[], corners: boolean): number[] {
  return Array.from({ length: sizeOf(sizes) }, (_, flat) => {
    const point = sizes.map((size, axis) => {
      const at = Math.floor(flat / sizeOf(sizes.slice(axis + 1))) % size;
      if (corners) return size > 1 ? -1 + 2 * at / (size - 1) : 0;
      return (2 * at + 1) / size - 1;
    });
    return [...point.toReversed(), 1];
  }).flat();
}

/** The grid of points that an affine map makes of an even one. */
const affineGrid: Operator = {
  names: ["AffineGrid"],
  infer(context) {
    const [batch, , ...sizes] = gridOf(context);
    return [{ dtype: context.input(0).dtype, shape: [batch, ...sizes, sizes.length] }];
  },
  lower(context) {
    const [, , ...sizes] = gridOf(context);
    const depth = sizes.length;
    const corners = context.number("align_corners", 0) === 1;
    const points = context.newConstant([1, sizeOf(sizes), depth + 1], gridPoints(sizes, corners));
    const map = emitSwap(context, context.value(0), 1, 2);
    const shape = context.outputShape();
    context.finish(context.emit("Reshape", [emitMatMul(context, points, map)], { shape }));
  },
};

/** The operators on grids of points. */
export const grids: readonly Operator[] = [gridSample, affineGrid];
