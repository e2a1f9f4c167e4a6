/**
 * Taking out weights and channels.
 * @module
 */
export { type Bounds, boundsOf, clampTo } from "./bounds.ts";
export { channelImportance, type Importance, type Norm } from "./channel_importance.ts";
export { channelCosts } from "./channel_cost.ts";
export { type ChannelScorer, chooseChannels, type Quota } from "./choose_channels.ts";
export { familiesOf, type Family } from "./families.ts";
export { refitScorer } from "./refit_scorer.ts";
export { rowsOf, withRows } from "./layer_rows.ts";
export { maskRows, outputError, refit, type Rows } from "./refit.ts";
export { clampedError, refitClamped } from "./refit_clamped.ts";
export { sparseGpt } from "./sparsegpt.ts";
export { pruneWeights, type PruneWeightsOptions } from "./prune_weights.ts";
