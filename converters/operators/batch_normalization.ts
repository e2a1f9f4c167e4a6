/**
 * BatchNormalization, outside training.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { inferSame } from "./unary.ts";

/** Shape that lets one value a channel (axis 1) broadcast over the input. */
export function channelShape(shape: readonly number[]): number[] {
  return shape.length < 2 ? [1] : [shape[1], ...new Array<number>(shape.length - 2).fill(1)];
}

/** Checks that inputs 1 to `last` have one value a channel. */
export function checkChannels(context: NodeContext, last: number): void {
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
