/**
 * Rounding learned block by block.
 * @module
 */
export { type Block, blocksOf } from "./blocks.ts";
export { type Choices, choicesOf } from "./choices.ts";
export {
  BATCH,
  type BlockLesson,
  type BlockProblem,
  reconstructBlock,
  type ReconstructedBlock,
} from "./reconstruct_block.ts";
