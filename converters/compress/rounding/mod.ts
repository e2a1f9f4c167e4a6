/**
 * Rounding by what a layer's inputs are like.
 * @module
 */
export {
  type FloatLayer,
  type RecoveredLayer,
  recoverLayer,
  type Rounding,
} from "./recover_layer.ts";
