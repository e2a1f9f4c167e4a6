/**
 * Lossy passes.
 * @module
 */
export { ENOUGH_FOR_MEANS, MeanPatchObserver } from "./correct_bias.ts";
export { commonStep } from "./common_step.ts";
export {
  absorbBiases,
  absorbSteps,
  channelPairs,
  type ChannelSpread,
  equalize,
  evenActivations,
} from "./equalization/mod.ts";
export { roundWeights } from "./round_weights.ts";
export { gridOf, integerBias, stepFloors } from "./layer_grid.ts";
export { quantize, type QuantizeOptions } from "./quantize.ts";
export * from "./prune/mod.ts";
export * from "./statistics/mod.ts";
export * from "./rounding/mod.ts";
export { toFloat16 } from "./float16.ts";
export { quantizeWeightsOnly } from "./weight_only.ts";
export { type Weights, weightsOf } from "./weighted.ts";
export * from "./distill/mod.ts";
export * from "./reconstruct/mod.ts";
