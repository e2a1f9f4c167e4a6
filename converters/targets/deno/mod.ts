/**
 * Target `deno`.
 * @module
 */
export { type BundleFiles, emitDeno, MODULE_NAME } from "./emit.ts";
export { codeOnly, shipped } from "./parts.ts";
export { type Emitted, measureColdStart, startCheck, type TargetRun } from "./run_check.ts";
export { openBundle, packedIn, stageBundle } from "./stage.ts";
