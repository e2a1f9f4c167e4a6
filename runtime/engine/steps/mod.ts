/**
 * One step per operator, exported by the operator's name.
 * @module
 */
export { Div, Maximum, Minimum, Mul } from "./broadcast.ts";
export {
  DenseConv2D,
  DenseFullyConnected,
  PlainConv2D,
  PlainFullyConnected,
} from "./convolution.ts";
export { DepthwiseConv2D } from "./depthwise.ts";
export { Add, ElementwiseAdd, Quantize } from "./elementwise.ts";
export { Concat, Pad, Slice, Transpose } from "./movement.ts";
export { AveragePool2D, MaxPool2D } from "./pooling.ts";
export {
  ArgSort,
  Dequantize,
  Gather,
  MatMul,
  PlainSoftmax,
  Pow,
  Reduce,
  Reshape,
  Softmax,
  Table,
  Unary,
} from "./reference.ts";
export { Conv2D, FullyConnected } from "./sparse.ts";
