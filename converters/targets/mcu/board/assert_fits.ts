/**
 * Refuses a model that is too large for its board.
 * @module
 */
import { KedgeError } from "../../../../runtime/format/error.ts";
import type { Program } from "../program.ts";
import type { Board } from "./boards.ts";

/** Flash for code and RAM for stack and all else that is not the arena, at the least. */
const CODE_BYTES = 8 * 1024;
const STACK_BYTES = 4 * 1024;

/**
 * Compares constants with flash and the arena with RAM.
 * @throws KedgeError `budget/flash` or `budget/ram`, with the numbers and what would make it fit.
 */
export function assertFits(board: Board, { model, constants, arena, steps }: Program): void {
  const flash = constants.bytes + CODE_BYTES;
  const ram = arena.bytes + STACK_BYTES;
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
  if (flash > board.flash) {
    const float = model.tensors.some(({ data, dtype, size }) =>
      data && dtype === "float32" && size > 1024
    );
    throw new KedgeError({
      code: "budget/flash",
      message: `Emitting for "${board.name}": the model is too large for its flash`,
      got: `${kilobytes(constants.bytes)} of weights and parameters, and about ${
        kilobytes(CODE_BYTES)
      } of code`,
      wanted: `at most ${kilobytes(board.flash)} (${board.title})`,
      hint: float
        ? "use --weights int8: float32 weights take four times as much"
        : `make it ${(flash / board.flash).toFixed(1)} times smaller: --weights int4, --prune ` +
          "channels:0.3, or a board with more flash (--flash SIZE)",
    });
  }
  if (ram > board.ram) {
    const peak = steps.reduce((most, step) => {
      const bytes = (tensors: readonly { size: number; dtype: string }[]) =>
        tensors.reduce((sum, { size, dtype }) => sum + size * (dtype === "int8" ? 1 : 4), 0);
      const { inputs, output } = step.task.layer;
      const alive = bytes([...inputs.filter(({ data }) => !data), output]);
      return alive > most.alive ? { alive, name: step.task.layer.operator.name } : most;
    }, { alive: 0, name: "" });
    throw new KedgeError({
      code: "budget/ram",
      message: `Emitting for "${board.name}": the model is too large for its RAM`,
      where: { node: peak.name },
      got: `an arena of ${kilobytes(arena.bytes)}, and about ${kilobytes(STACK_BYTES)} of stack; ` +
        `layer "${peak.name}" alone has ${kilobytes(peak.alive)} of inputs and outputs`,
      wanted: `at most ${kilobytes(board.ram)} (${board.title})`,
      hint: `make the input ${Math.sqrt(ram / board.ram).toFixed(1)} times smaller on each side, ` +
        "use --activations int8 if it is float, or a board with more RAM (--ram SIZE)",
    });
  }
}
