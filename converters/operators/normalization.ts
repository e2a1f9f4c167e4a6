/**
 * Normalization by statistics of the input itself, outside training.
 * @module
 */
import { emitScaled, emitShifted } from "./activations.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { broadcastShapes } from "./broadcast.ts";
import { channelShape, checkChannels } from "./batch_normalization.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator, TensorType } from "./operator.ts";
import { emitReduce } from "./reduce.ts";
import { emitUnary, inferSame } from "./unary.ts";

/** A normalized tensor with the statistics that it was made by; these keep their axes. */
interface Normalized {
  readonly value: string;
  readonly mean: string;
  /** √(variance + ε). */
  readonly deviation: string;
}

/** (x − mean) / √(variance + ε) over the axes. */
function emitNormalized(
  context: Lowering,
  x: string,
  axes: readonly number[],
  epsilon: number,
): Normalized {
  const mean = emitReduce(context, "mean", x, axes);
  const centred = emitArithmetic(context, "Add", x, mean, { factorB: -1 });
  const squares = emitArithmetic(context, "Mul", centred, centred);
  const variance = emitReduce(context, "mean", squares, axes);
  const deviation = emitUnary(context, "sqrt", emitShifted(context, variance, epsilon));
  return { value: emitArithmetic(context, "Div", centred, deviation), mean, deviation };
}

/** x · scale + bias; the bias (input `biasAt`) may be absent. */
function emitAffine(
  context: Lowering,
  x: string,
  biasAt: number,
  shape?: readonly number[],
): string {
  const operand = (index: number) => {
    const value = context.value(index);
    return shape ? context.emit("Reshape", [value], { shape }) : value;
  };
  const scaled = emitArithmetic(context, "Mul", x, operand(1));
  return context.has(biasAt) ? emitArithmetic(context, "Add", scaled, operand(biasAt)) : scaled;
}

/** Normalizes each picture and channel by itself. */
export const instanceNormalization: Operator = {
  names: ["InstanceNormalization"],
  infer(context) {
    context.shapeOfRank(0, 3, Infinity);
    checkChannels(context, 2);
    return inferSame(context);
  },
  lower(context) {
    const axes = context.shape(0).map((_, axis) => axis).slice(2);
    const epsilon = context.number("epsilon", 1e-5);
    const { value } = emitNormalized(context, context.value(0), axes, epsilon);
    context.finish(emitAffine(context, value, 2, channelShape(context.shape(0))));
  },
};

/** Axes from `axis` on. */
function lastAxes(context: NodeContext): number[] {
  const shape = context.shape(0);
  const axis = context.axis(context.number("axis", -1), shape.length);
  return shape.map((_, i) => i).slice(axis);
}

/** Checks that scale and bias do not stretch the input. */
function checkAffine(context: NodeContext): void {
  const shape = context.shape(0);
  for (const i of [1, 2]) {
    if (!context.has(i)) continue;
    const both = broadcastShapes(context, [shape, context.shape(i)]);
    if (text(both) !== text(shape)) {
      context.fail(
        `input ${i} does not fit`,
        text(context.shape(i)),
        `a shape that broadcasts to ${text(shape)}`,
      );
    }
  }
}

/** Normalizes over the axes from `axis` on; gives mean and 1 / deviation on request. */
export const layerNormalization: Operator = {
  names: ["LayerNormalization"],
  infer(context): TensorType[] {
    const axes = lastAxes(context);
    checkAffine(context);
    const shape = context.shape(0).map((dim, axis) => axes.includes(axis) ? 1 : dim);
    const statistics: TensorType = { dtype: "float32", shape };
    return [...inferSame(context), statistics, statistics];
  },
  lower(context) {
    const epsilon = context.number("epsilon", 1e-5);
    const x = context.value(0);
    const { value, mean, deviation } = emitNormalized(context, x, lastAxes(context), epsilon);
    context.finish(emitAffine(context, value, 2));
    if (context.node.outputs[1]) context.finish(mean, 1);
    if (context.node.outputs[2]) {
      context.finish(emitUnary(context, "reciprocal", deviation), 2);
    }
  },
};

/** Divides by the root of the mean square over the axes from `axis` on. */
export const rmsNormalization: Operator = {
  names: ["RMSNormalization"],
  infer(context) {
    lastAxes(context);
    checkAffine(context);
    return inferSame(context);
  },
  lower(context) {
    const x = context.value(0);
    const square = emitReduce(
      context,
      "mean",
      emitArithmetic(context, "Mul", x, x),
      lastAxes(context),
    );
    const shifted = emitShifted(context, square, context.number("epsilon", 1e-5));
    const root = emitUnary(context, "sqrt", shifted);
    context.finish(emitAffine(context, emitArithmetic(context, "Div", x, root), -1));
  },
};

/** Normalizes groups of channels; scale and bias are one a group before opset 21, one a channel since. */
export const groupNormalization: Operator = {
  names: ["GroupNormalization"],
  infer(context) {
    const [, channels] = context.shapeOfRank(0, 3, Infinity);
    const groups = context.number("num_groups", 0);
    if (!(groups >= 1) || channels % groups !== 0) {
      context.fail("its groups do not divide its channels", `${groups}`, `of ${channels}`);
    }
    const size = context.opset < 21 ? groups : channels;
    for (const i of [1, 2]) {
      const shape = context.shapeOfRank(i, 1);
      if (shape[0] !== size) context.fail(`input ${i} does not fit`, text(shape), text([size]));
    }
    return inferSame(context);
  },
  lower(context) {
    const shape = context.outputShape();
    const groups = context.number("num_groups", 1);
    const size = shape.reduce((a, b) => a * b, 1) / shape[0] / groups;
    const rows = context.emit("Reshape", [context.value(0)], { shape: [shape[0], groups, size] });
    const { value } = emitNormalized(context, rows, [2], context.number("epsilon", 1e-5));
    if (context.opset < 21) {
      const scaled = emitAffine(context, value, 2, [groups, 1]);
      context.finish(context.emit("Reshape", [scaled], { shape }));
      return;
    }
    const back = context.emit("Reshape", [value], { shape });
    context.finish(emitAffine(context, back, 2, channelShape(shape)));
  },
};

/** (x − mean) / deviation over axes that are given. */
export const meanVarianceNormalization: Operator = {
  names: ["MeanVarianceNormalization"],
  infer(context) {
    context.axes(context.numbers("axes") ?? [0, 2, 3], context.shape(0).length);
    return inferSame(context);
  },
  lower(context) {
    const axes = context.axes(context.numbers("axes") ?? [0, 2, 3], context.shape(0).length);
    const x = context.value(0);
    const mean = emitReduce(context, "mean", x, axes);
    const centred = emitArithmetic(context, "Add", x, mean, { factorB: -1 });
    const squares = emitArithmetic(context, "Mul", centred, centred);
    const deviation = emitUnary(context, "sqrt", emitReduce(context, "mean", squares, axes));
    context.finish(emitArithmetic(context, "Div", centred, emitShifted(context, deviation, 1e-9)));
  },
};

/** Divides by the L1 or L2 norm along an axis; what is all zero stays so. */
export const lpNormalization: Operator = {
  names: ["LpNormalization"],
  infer(context) {
    context.axis(context.number("axis", -1), context.shape(0).length);
    return inferSame(context);
  },
  lower(context) {
    const axis = context.axis(context.number("axis", -1), context.shape(0).length);
    const x = context.value(0);
    const norm = context.number("p", 2) === 1
      ? emitReduce(context, "sum", emitUnary(context, "abs", x), [axis])
      : emitReduce(context, "l2", x, [axis]);
    const least = context.newConstant([], [2 ** -126]);
    context.finish(
      emitArithmetic(context, "Div", x, emitArithmetic(context, "Maximum", norm, least)),
    );
  },
};

/** Divides by a power of the mean square over neighbouring channels. */
export const lrn: Operator = {
  names: ["LRN"],
  infer(context) {
    context.shapeOfRank(0, 2, Infinity);
    if (!(context.number("size", 0) >= 1)) {
      context.fail("its size is not possible", `${context.number("size", 0)}`, "1 or more");
    }
    return inferSame(context);
  },
  lower(context) {
    const [n, channels, ...spatial] = context.shape(0);
    const inner = spatial.reduce((a, b) => a * b, 1);
    const size = context.number("size", 1);
    const x = context.value(0);
    const squares = context.emit("Reshape", [emitArithmetic(context, "Mul", x, x)], {
      shape: [n, channels, 1, inner],
    });
    const mean = context.emit("AveragePool2D", [squares], {
      shape: [n, channels, 1, inner],
      params: {
        kernelH: size,
        kernelW: 1,
        strideH: 1,
        strideW: 1,
        padTop: Math.floor((size - 1) / 2),
        padBottom: Math.ceil((size - 1) / 2),
        countIncludePad: 1,
      },
    });
    const spread = context.emit("Reshape", [mean], { shape: context.shape(0) });
    const base = emitShifted(
      context,
      emitScaled(context, spread, context.number("alpha", 1e-4)),
      context.number("bias", 1),
    );
    const power = context.newConstant([], [context.number("beta", 0.75)]);
    context.finish(
      emitArithmetic(context, "Div", x, emitArithmetic(context, "Pow", base, power)),
    );
  },
};
