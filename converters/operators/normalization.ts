/**
 * BatchNormalization, InstanceNormalization and LayerNormalization, outside training.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitReduce } from "./reduce.ts";
import { emitUnary, inferSame } from "./unary.ts";

/** Shape that lets one value a channel (axis 1) broadcast over the input. */
function channelShape(shape: readonly number[]): number[] {
  return shape.length < 2 ? [1] : [shape[1], ...new Array<number>(shape.length - 2).fill(1)];
}

function checkChannels(context: NodeContext, last: number): void {
  const channels = context.shape(0)[1] ?? 1;
  for (let i = 1; i <= last; i++) {
    const [size] = context.shapeOfRank(i, 1);
    if (size === channels) continue;
    context.fail(
      `input ${i} ("${context.node.inputs[i]}") has not one value a channel`,
      text([size]),
      text([channels]),
    );
  }
}

/** x·s + t with s = scale / √(var + ε) and t = bias − mean·s. */
export const batchNormalization: Operator = {
  names: ["BatchNormalization"],
  infer(context) {
    checkChannels(context, 4);
    if (context.number("training_mode", 0) === 1) {
      context.refuse("it is in training mode");
    }
    if (context.number("spatial", 1) !== 1) context.refuse("its spatial is 0");
    for (let i = 1; i <= 4; i++) context.constant(i, "statistics");
    return inferSame(context);
  },
  lower(context) {
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => context.values(i));
    const epsilon = context.number("epsilon", 1e-5);
    const factor = scale.map((s, c) => s / Math.sqrt(variance[c] + epsilon));
    const shape = channelShape(context.shape(0));
    const scaled = emitArithmetic(
      context,
      "Mul",
      context.value(0),
      context.newConstant(shape, factor),
    );
    const offset = bias.map((b, c) => b - mean[c] * factor[c]);
    context.finish(
      emitArithmetic(context, "Add", scaled, context.newConstant(shape, offset)),
    );
  },
};

/** (x − mean) / √(variance + ε) over the axes. */
function emitNormalized(
  context: Lowering,
  axes: readonly number[],
): string {
  const x = context.value(0);
  const epsilon = context.number("epsilon", 1e-5);
  const mean = emitReduce(context, "mean", x, axes);
  const centred = emitArithmetic(context, "Add", x, mean, { factorB: -1 });
  const squares = emitArithmetic(context, "Mul", centred, centred);
  const variance = emitReduce(context, "mean", squares, axes);
  const shifted = emitArithmetic(
    context,
    "Add",
    variance,
    context.newConstant([], [epsilon]),
  );
  const deviation = emitUnary(context, "sqrt", shifted);
  return emitArithmetic(context, "Div", centred, deviation);
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
    const shape = channelShape(context.shape(0));
    const [scale, bias] = [1, 2].map((i) => context.emit("Reshape", [context.value(i)], { shape }));
    const scaled = emitArithmetic(
      context,
      "Mul",
      emitNormalized(context, axes),
      scale,
    );
    context.finish(emitArithmetic(context, "Add", scaled, bias));
  },
};

/** Normalizes over the axes from `axis` on. */
export const layerNormalization: Operator = {
  names: ["LayerNormalization"],
  infer(context) {
    context.axis(context.number("axis", -1), context.shape(0).length);
    return inferSame(context);
  },
  lower(context) {
    const rank = context.shape(0).length;
    const axis = context.axis(context.number("axis", -1), rank);
    const axes = context.shape(0).map((_, i) => i).slice(axis);
    let value = emitArithmetic(
      context,
      "Mul",
      emitNormalized(context, axes),
      context.value(1),
    );
    if (context.has(2)) {
      value = emitArithmetic(context, "Add", value, context.value(2));
    }
    context.finish(value);
  },
};
