/**
 * Training without labels.
 * @module
 */
export { Network } from "./network.ts";
export { Adam, type Parameter, parameterOf } from "./parameters.ts";
