/**
 * Rounding by what a layer's inputs are like.
 * @module
 */
export { biasUnit } from "./rate_distortion.ts";
export {
  type FloatLayer,
  type RecoveredLayer,
  recoverLayer,
  type Rounding,
} from "./recover_layer.ts";
export { type FineLayer, roundFinely } from "./round_finely.ts";
