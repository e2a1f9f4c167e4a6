/**
 * Training without labels.
 * @module
 */
export { fakeQuantize } from "./fake_quantized.ts";
export { divergenceLoss, squaredLoss } from "./losses.ts";
export { Network } from "./network.ts";
export { Adam, type Parameter, parameterOf } from "./parameters.ts";
export { channelOf, putLayer, type RealLayer, realLayer } from "./real_layer.ts";
export { type Student, studentOf } from "./student.ts";
