/**
 * A line to a program that talks over its standard input and output: QEMU, or a test on this machine.
 * @module
 */
import type { Line } from "./protocol.ts";

/** Starts the program. `stop` ends it at once. */
export function processLine(program: string, args: string[]): Line & { stop(): void } {
  const process = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  const reader = process.stdout.getReader();
  const errors = new Response(process.stderr).text();
  let running = true;
  process.status.then(() => running = false);
  const stop = () => {
    if (running) process.kill("SIGKILL");
  };
  return {
    write: (bytes) => writer.write(bytes),
    async read() {
      const { value, done } = await reader.read();
      return done ? null : value;
    },
    async diagnosis() {
      stop();
      return await errors;
    },
    async close() {
      await writer.close().catch(() => {});
      await reader.cancel().catch(() => {});
      await process.status;
      await errors;
    },
    stop,
  };
}
