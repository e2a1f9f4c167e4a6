/**
 * The one table of call emitters.
 * @module
 */
import type { OperatorName } from "../../../../runtime/format/operators.ts";
import { binary, dequantize, quantize, table, unary } from "./elementwise.ts";
import type { CallEmitter } from "./layer.ts";
import { concat, pad, reshape, slice, transpose } from "./movement.ts";
import { argSort, gather } from "./places.ts";
import { averagePool2d, maxPool2d, reduce, softmax } from "./pooling.ts";
import { conv2d, depthwiseConv2d, fullyConnected, matMul } from "./weighted.ts";

/** How every operator is called in C. */
export const EMITTERS: { readonly [Op in OperatorName]: CallEmitter<Op> } = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  FullyConnected: fullyConnected,
  MatMul: matMul,
  Add: binary,
  Mul: binary,
  Div: binary,
  Maximum: binary,
  Minimum: binary,
  Pow: binary,
  MaxPool2D: maxPool2d,
  AveragePool2D: averagePool2d,
  Reduce: reduce,
  Softmax: softmax,
  Concat: concat,
  Slice: slice,
  Pad: pad,
  Reshape: reshape,
  Transpose: transpose,
  Unary: unary,
  Table: table,
  Quantize: quantize,
  Dequantize: dequantize,
  Gather: gather,
  ArgSort: argSort,
};
