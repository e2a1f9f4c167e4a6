/**
 * Target `deno`.
 * @module
 */
export { emitDeno, MODULE_NAME } from "./emit.ts";
export { codeOnly, shipped } from "./parts.ts";
export { type Emitted, measureColdStart, startCheck } from "./run_check.ts";
export { openBundle, packedIn, stageBundle } from "./stage.ts";
