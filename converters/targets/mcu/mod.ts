/**
 * Target `mcu`: self-contained C99 for microcontrollers.
 * @module
 */
export { type Board, BOARD_NAMES, type BoardName, BOARDS } from "./board/boards.ts";
export { STRICT_FLAGS } from "./board/build.ts";
export { emitMcu, type McuFiles } from "./emit.ts";
export { makeProgram, type Program } from "./program.ts";
export { writeHeader } from "./source/write_header.ts";
export { writeModel } from "./source/write_model.ts";
