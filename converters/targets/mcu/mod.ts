/**
 * Target `mcu`: self-contained C99 for microcontrollers.
 * @module
 */
export { type Board, BOARD_NAMES, type BoardName, BOARDS } from "./board/boards.ts";
export { flashBytes, STRICT_FLAGS } from "./board/build.ts";
export { installLine, programsOf, versionOf } from "./board/tools.ts";
export { emitMcu } from "./emit.ts";
export { type OpenedMcu, openMcu, stageMcu } from "./stage.ts";
export { makeProgram, type Program } from "./program.ts";
export { writeHeader } from "./source/write_header.ts";
export { writeModel } from "./source/write_model.ts";
