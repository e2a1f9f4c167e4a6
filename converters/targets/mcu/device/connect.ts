/**
 * Builds a bundle for its board and connects to it: QEMU over semihosting or UART, or a real board.
 * @module
 */
import type { Board } from "../board/boards.ts";
import { buildFirmware, type Firmware } from "../board/build.ts";
import { requireTools } from "../board/tools.ts";
import { processLine } from "./process_line.ts";
import { Device, type Line } from "./protocol.ts";
import { qemuArguments } from "./qemu.ts";
import { serialLine } from "./serial_line.ts";

/** A device that runs a bundle. */
export interface Connection extends AsyncDisposable {
  readonly device: Device;
  /** What was built for it; sizes are the same for a real board. */
  readonly firmware: Firmware;
  /** What it runs on, with versions. */
  readonly runtime: string;
  stop(): void;
}

/**
 * Builds the firmware, starts it, connects.
 * @param bundle folder with model.c, model.h and check/.
 * @param port serial port of a real board, which runs check.c already; null for the emulator.
 * @throws KedgeError `tool/missing`, `tool/port`, `bug/compile`.
 */
export async function connect(
  board: Board,
  bundle: string,
  port: string | null,
): Promise<Connection> {
  const versions = await requireTools(board, port !== null);
  const work = await Deno.makeTempDir({ prefix: "kedge-firmware-" });
  try {
    const firmware = await buildFirmware(board, bundle, work, false);
    const { machine } = board;
    const line: Line & { stop(): void } = port
      ? await serialLine(port)
      : processLine(machine.program, qemuArguments(machine, firmware.path));
    const compiler = number(versions.get(`${board.compiler}gcc`));
    const where = port ??
      `QEMU ${number(versions.get(machine.program))} ${machine.name}` +
        (machine.standIn ? ` (${machine.standIn})` : "");
    return {
      device: new Device(line, port ? `the board at "${port}"` : `"${board.name}" in QEMU`),
      firmware,
      runtime: `${where}, gcc ${compiler}`,
      stop: line.stop,
      async [Symbol.asyncDispose]() {
        line.stop();
        await Deno.remove(work, { recursive: true });
      },
    };
  } catch (error) {
    await Deno.remove(work, { recursive: true });
    throw error;
  }
}

/** The version in what a program prints. */
function number(version = ""): string {
  return /\d+\.\d+(?:\.\d+)?/.exec(version.replace(/\(.*?\)/, ""))?.[0] ?? "?";
}
