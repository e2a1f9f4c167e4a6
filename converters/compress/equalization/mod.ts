/**
 * Factors that move between layers.
 * @module
 */
export { absorbBiases, type ChannelSpread } from "./absorb_biases.ts";
export { absorbSteps } from "./absorb_steps.ts";
export { type ChannelPair, channelPairs, moveFactors } from "./channel_scaling.ts";
export { equalize } from "./equalize.ts";
export { evenActivations } from "./even_activations.ts";
