/**
 * Channels of all activations, what ties them together, and taking them out.
 * @module
 */
export { ChannelGraph } from "./channel_graph.ts";
export { eliminateChannels, type Elimination } from "./eliminate_channels.ts";
export { isSum } from "./links.ts";
export { orderChannels } from "./order_channels.ts";
export { composeKept, removable, type Removal, removeChannels } from "./remove_channels.ts";
