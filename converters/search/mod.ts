/**
 * What a search is made of: choices, losses, the knapsack, the front.
 * @module
 */
export {
  bitsOf,
  BUNDLE_CHOICES,
  type Choice,
  choiceOf,
  CHOICES,
  isFloatChoice,
  lambdaOf,
  largestFactor,
  MCU_CHOICES,
  nameOf,
  scaled,
  TIMED_CHOICES,
  UNIFORM_CHOICES,
} from "./choices.ts";
export { compose, integerWeights, weightBytes, weightError } from "./compose.ts";
export { divergences, mean, squaredErrors, standardError } from "./divergence.ts";
export { Knapsack, type Option } from "./knapsack.ts";
export { lossCurve, type LossPoint } from "./loss_curve.ts";
export { type LambdaBytes, leastLosses, pricedLosses } from "./priced_losses.ts";
export { paretoFront, type Point } from "./pareto.ts";
export { type Variant, variantName, VARIANTS, type Variants } from "./variants.ts";
