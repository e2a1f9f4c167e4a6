/**
 * A line to a board over a serial port.
 * @module
 */
import { KedgeError } from "../../../../runtime/format/error.ts";
import type { Line } from "./protocol.ts";

/**
 * Opens a serial port as raw bytes at 115200 baud, 8N1; `stty` sets it where there is one.
 * @param port a device such as /dev/ttyACM0.
 * @throws KedgeError `tool/port` when it cannot be opened.
 */
export async function serialLine(port: string): Promise<Line & { stop(): void }> {
  try {
    const { success, stderr } = await new Deno.Command("stty", {
      args: ["-F", port, "115200", "raw", "-echo", "-hupcl"],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
    const file = await Deno.open(port, { read: true, write: true });
    let open = true;
    const stop = () => {
      if (open) file.close();
      open = false;
    };
    const buffer = new Uint8Array(4096);
    return {
      async write(bytes) {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      },
      // Read only when bytes are due: a read that waits would keep the process alive.
      async read() {
        // A line that is cut is an error to the system, and the end to us.
        const count = await file.read(buffer).catch(() => null);
        return count === null ? null : buffer.slice(0, count);
      },
      diagnosis: () => Promise.resolve(""),
      close: () => Promise.resolve(stop()),
      stop,
    };
  } catch (error) {
    throw new KedgeError({
      code: "tool/port",
      message: `Opening the serial port "${port}": it cannot be used`,
      where: { file: port },
      got: error instanceof Error ? error.message : String(error),
      hint: "look for its name with `ls /dev/tty*`, and that you may use it",
    }, { cause: error });
  }
}
