/**
 * Training without labels.
 * @module
 */
export { divergenceLoss, squaredLoss } from "./losses.ts";
export { Network } from "./network.ts";
export { Adam, type Parameter, parameterOf } from "./parameters.ts";
