/**
 * Calls of MaxPool2D, AveragePool2D, Reduce and Softmax.
 * @module
 */
import { REDUCE_KINDS } from "../../../../runtime/format/operators.ts";
import { stridesOf } from "../../../../runtime/reference/context.ts";
import { floatLiteral } from "../source/constants.ts";
import { type CallEmitter, isInteger, product } from "./layer.ts";
import { moveStruct } from "./movement.ts";
import { windowStruct } from "./window.ts";

/** Largest value of each window. */
export const maxPool2d: CallEmitter<"MaxPool2D"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x], operator: { params: { min, max } } } = layer;
    const integer = isInteger(x);
    const bounds = integer ? [min, max] : [min, max].map(floatLiteral);
    return [{
      kernel: integer ? "kedge_maxpool_s8" : "kedge_maxpool_f32",
      arguments: [context.input(0), context.output, windowStruct(layer, context), ...bounds],
    }];
  },
};

/** Mean of each window. */
export const averagePool2d: CallEmitter<"AveragePool2D"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x], output, operator: { params }, name } = layer;
    const { constants } = context;
    const counting = constants.struct("kedge_average", `${name}_count`, {
      pad_bottom: params.padBottom,
      pad_right: params.padRight,
      include_pad: params.countIncludePad,
    });
    const bounds = { low: floatLiteral(params.min), high: floatLiteral(params.max) };
    const window = windowStruct(layer, context);
    if (!isInteger(x)) {
      return [{
        kernel: "kedge_average_f32",
        arguments: [context.input(0), context.output, window, counting, bounds.low, bounds.high],
      }];
    }
    const cells = params.kernelH * params.kernelW;
    const multiplier = Float32Array.from(
      { length: cells + 1 },
      (_, count) => count ? params.factor / count : 0,
    );
    const fields = {
      bias: "0",
      multiplier: constants.array("float", `${name}_multiplier`, multiplier),
      pad: x.zeroPoint,
      ...(isInteger(output)
        ? { zero: output.zeroPoint, min: params.min, max: params.max }
        : bounds),
    };
    const outputs = constants.struct("kedge_layer", `${name}_output`, fields);
    return [{
      kernel: isInteger(output) ? "kedge_average_s8" : "kedge_average_s8_f32",
      arguments: [context.input(0), outputs, context.output, window, counting],
    }];
  },
};

/** One of REDUCE_KINDS over some axes. */
export const reduce: CallEmitter<"Reduce"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [x], output, operator: { list, params } } = layer;
    const axes = new Set(list);
    const kept = x.shape.map((size, axis) => axes.has(axis) ? 1 : size);
    const strides = stridesOf(kept).map((step, axis) => axes.has(axis) ? 0 : step);
    const count = product(list.map((axis) => x.shape[axis]));
    return [{
      kernel: `kedge_reduce_${REDUCE_KINDS[params.kind]}`,
      arguments: [
        context.input(0),
        context.output,
        moveStruct(layer, context, x.shape, 0, strides),
        output.size,
        floatLiteral(count),
      ],
    }];
  },
};

/** Softmax or LogSoftmax over the last axis. */
export const softmax: CallEmitter<"Softmax"> = {
  scratch: () => 0,
  emit({ inputs: [x], operator: { params } }, context) {
    const depth = x.shape[x.shape.length - 1];
    return [{
      kernel: params.log ? "kedge_log_softmax" : "kedge_softmax",
      arguments: [context.input(0), context.output, x.size / depth, depth],
    }];
  },
};
