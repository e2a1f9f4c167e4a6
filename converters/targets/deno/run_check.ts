/**
 * Runs an emitted bundle on its target: a fresh Deno process without permissions that is fed the
 * samples and asked for the golden samples, latency and memory.
 * @module
 */
import { pathToFileURL } from "node:url";
import { KedgeError } from "../../../runtime/format/error.ts";
import type { TargetRun } from "../target.ts";
import type { Findings, Hello } from "./check_worker.ts";
import { frame, FrameReader, joinTensors, splitTensors } from "./frames.ts";

/** Where the emitted module lies and what it may do. */
export interface Emitted {
  /** Absolute path of the emitted ES module. */
  module: string;
  /** Deno permission flags that the bundle needs; none for a self-contained one. */
  permissions: string[];
}

/** Arguments of a Deno process that may do no more than the bundle needs and reads no settings. */
function isolated({ permissions }: Emitted, entry: string): string[] {
  return ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", ...permissions, entry];
}

/**
 * Starts a fresh Deno process on the emitted module.
 * @param outputSizes number of elements of each model output.
 * @throws KedgeError `bug/bundle` when the bundle does not load or ends early.
 */
export async function startCheck(
  emitted: Emitted,
  outputSizes: readonly number[],
): Promise<TargetRun> {
  const folder = await Deno.makeTempDir({ prefix: "kedge-check-" });
  const entry = `${folder}/check.ts`;
  const worker = new URL("./check_worker.ts", import.meta.url).href;
  await Deno.writeTextFile(
    entry,
    `import * as bundle from ${JSON.stringify(pathToFileURL(emitted.module).href)};\n` +
      `import { serveCheck } from ${JSON.stringify(worker)};\n` +
      `await serveCheck(bundle);\n`,
  );
  const process = new Deno.Command(Deno.execPath(), {
    args: isolated(emitted, entry),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const errors = new Response(process.stderr).text();
  const frames = new FrameReader(process.stdout);
  const writer = process.stdin.getWriter();
  let ended = false;
  const end = () => {
    if (!ended) Deno.removeSync(folder, { recursive: true });
    ended = true;
  };
  const stop = () => {
    if (ended) return;
    try {
      process.kill();
    } catch {
      // it has ended already
    }
    end();
  };
  const next = async (): Promise<Uint8Array> => {
    const payload = await frames.read();
    if (payload) return payload;
    const text = (await errors).trim();
    throw new KedgeError({
      code: "bug/bundle",
      message: "Running the emitted bundle in a fresh Deno process: it ended early",
      where: { file: emitted.module },
      got: text.split("\n").slice(0, 4).join("\n"),
      hint: "this is a fault of kedge: please report it with the model",
    });
  };
  try {
    const hello = parse<Hello>(await next());
    return {
      hello,
      async run(inputs) {
        await writer.write(frame(joinTensors(inputs))).catch(() => {});
        return splitTensors(await next(), outputSizes);
      },
      async finish() {
        await writer.write(frame(new Uint8Array()));
        const findings = parse<Findings>(await next());
        const peakBytes = peakMemory(process.pid);
        await writer.close().catch(() => {});
        await process.status;
        await errors;
        end();
        return { ...findings, peakBytes };
      },
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/**
 * Median time of a whole process from start to first result, milliseconds: Deno starts, loads the
 * module, runs one inference on zeros, ends.
 */
export async function measureColdStart(
  emitted: Emitted,
  runs = 5,
): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "kedge-cold-" });
  const entry = `${folder}/cold.js`;
  await Deno.writeTextFile(entry, coldStartScript(emitted.module));
  const times: number[] = [];
  try {
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      await new Deno.Command(Deno.execPath(), {
        args: isolated(emitted, entry),
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      times.push(performance.now() - start);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** A script that loads the module and runs it once on zeros. */
export function coldStartScript(module: string): string {
  return `import { load, run } from ${JSON.stringify(pathToFileURL(module).href)};
const loaded = await load();
const { model } = loaded;
run(loaded, Object.fromEntries(model.inputs.map((i) => {
  const { name, size } = model.tensors[i];
  return [name, new Float32Array(size)];
})));
`;
}

/** Highest resident memory of a process, bytes, or null where the system does not tell. */
function peakMemory(pid: number): number | null {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(
      Deno.readTextFileSync(`/proc/${pid}/status`),
    );
    return line ? Number(line[1]) * 1024 : null;
  } catch {
    return null;
  }
}

function parse<T>(payload: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(payload));
}
