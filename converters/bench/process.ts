/**
 * A contender in a fresh Deno process.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { type Contender, worker } from "./contenders/contender.ts";
import type { Answer, Ready, Request } from "./workers/serve.ts";

/** What is started: a contender, or the empty process. */
export type Startable = Pick<Contender, "name" | "worker" | "config" | "area">;

/** A process with nothing in it. */
export const EMPTY: Startable = {
  name: "empty Deno",
  worker: worker("empty"),
  config: {},
  area: "bug",
};

/** A process that runs on request. */
export class BenchProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #rest = "";
  /** The first output of the first run. */
  output: number[] = [];
  /** Highest resident memory until then, bytes; null where the system does not tell. */
  firstBytes: number | null = null;

  private constructor(readonly contender: Startable, inputs: readonly string[]) {
    this.#child = command(contender, inputs, false, "piped").spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(this.#child.stderr).text();
  }

  /**
   * Starts a contender and waits for its first result.
   * @param inputs files with the sample.
   * @throws KedgeError `AREA/contender` when it cannot run the model.
   */
  static async start(contender: Startable, inputs: readonly string[]): Promise<BenchProcess> {
    const process = new BenchProcess(contender, inputs);
    try {
      process.output = (await process.#read<Ready>()).output;
      process.firstBytes = process.peakBytes();
      return process;
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Measures for a while. */
  async ask(request: Request): Promise<Answer> {
    const line = new TextEncoder().encode(JSON.stringify(request) + "\n");
    await this.#writer.write(line).catch(() => {});
    return await this.#read<Answer>();
  }

  /** Highest resident memory so far, bytes; null where the system does not tell. */
  peakBytes(): number | null {
    try {
      const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
      const line = /VmHWM:\s+(\d+) kB/.exec(status);
      return line ? Number(line[1]) * 1024 : null;
    } catch {
      return null;
    }
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel().catch(() => {});
    try {
      this.#child.kill();
    } catch {
      // it has ended already
    }
    await this.#child.status;
    await this.#errors;
  }

  async #read<T>(): Promise<T> {
    while (!this.#rest.includes("\n")) {
      const { done, value } = await this.#lines.read();
      if (done) throw failed(this.contender, await this.#errors);
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return JSON.parse(line);
  }
}

/**
 * Milliseconds of a whole process: Deno starts, loads runtime and model, runs once, ends.
 * @throws KedgeError `AREA/contender` when it fails.
 */
export async function timeColdStart(
  contender: Startable,
  inputs: readonly string[],
): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await command(contender, inputs, true, "null").output();
  const time = performance.now() - start;
  if (success) return time;
  throw failed(contender, new TextDecoder().decode(stderr));
}

function command(
  { worker, config }: Startable,
  inputs: readonly string[],
  once: boolean,
  streams: "piped" | "null",
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--allow-all"],
      ...[worker.href, JSON.stringify({ ...config, once, inputs })],
    ],
    stdin: streams,
    stdout: streams,
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

function failed({ name, area }: Startable, errors: string): KedgeError {
  const lines = errors.trim().split("\n");
  const at = Math.max(lines.findIndex((line) => line.startsWith("error:")), 0);
  return new KedgeError({
    code: `${area}/contender`,
    message: `Running ${name} in a process of its own: it ended early`,
    got: lines.slice(at, at + 4).join("\n"),
    hint: area === "bug"
      ? "this is a fault of kedge: please report it with the model"
      : "see whether it runs this model at all, or leave it out of --vs",
  });
}
