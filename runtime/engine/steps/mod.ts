/**
 * One step per operator, exported by the operator's name.
 * @module
 */
export { Conv2D, FullyConnected } from "./convolution.ts";
export { DepthwiseConv2D } from "./depthwise.ts";
export { Add, ElementwiseAdd, Quantize } from "./elementwise.ts";
export { AveragePool2D, MaxPool2D } from "./pooling.ts";
export {
  Concat,
  Dequantize,
  Div,
  MatMul,
  Maximum,
  Minimum,
  Mul,
  Pad,
  Pow,
  Reduce,
  Reshape,
  Slice,
  Softmax,
  Table,
  Transpose,
  Unary,
} from "./reference.ts";
