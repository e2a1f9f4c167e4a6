/** Packed models as emitted C, compiled and run on this machine. */
import { makeProgram, writeHeader, writeModel } from "../../converters/targets/mcu/mod.ts";
import type { TensorArray, TensorMap } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";

/** A C compiler of this machine, or null. */
export const HOST_COMPILER: string | null = ["gcc", "clang"].find(runs) ?? null;

/** Why tests of the emitted C are skipped, for their names. */
export const HOST_COMPILER_REASON = "needs gcc or clang";

/** Whether a program can be started. */
export function runs(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** Reads all inputs from standard input, runs, writes all outputs. */
const RAW_MAIN = `
#include <stdio.h>
int main(void) {
  for (int i = 0; i < KEDGE_INPUTS; i++) {
    if (fread(kedge_input(i), 1, kedge_input_bytes(i), stdin) != kedge_input_bytes(i)) return 1;
  }
  kedge_invoke();
  for (int i = 0; i < KEDGE_OUTPUTS; i++) {
    fwrite(kedge_output(i), 1, kedge_output_bytes(i), stdout);
  }
  return 0;
}
`;

/** The same with real values for a model that quantizes its inputs. */
const FLOAT_MAIN = `
#include <stdio.h>
int main(void) {
  static float in[KEDGE_INPUT_SIZE], out[KEDGE_OUTPUT_SIZE];
  if (fread(in, sizeof *in, KEDGE_INPUT_SIZE, stdin) != KEDGE_INPUT_SIZE) return 1;
  kedge_run_float(in, out);
  for (int i = 0; i < KEDGE_OUTPUTS; i++) {
    fwrite(kedge_output(i), 1, kedge_output_bytes(i), stdout);
  }
  return 0;
}
`;

/** How the emitted C is compiled on this machine. */
export interface HostBuild {
  compiler: string;
  flags: readonly string[];
}

const DEFAULT: HostBuild = { compiler: HOST_COMPILER ?? "gcc", flags: ["-O1"] };

/**
 * Emits C, compiles it with a main function, runs it once on the inputs.
 * @throws Error with what the compiler or the program said.
 */
export async function runAsC(
  packed: Uint8Array,
  inputs: TensorMap,
  { compiler, flags }: HostBuild = DEFAULT,
): Promise<TensorMap> {
  const model = readModel(packed.slice());
  const program = makeProgram(model);
  const raw = program.inputs.every(({ tensor }, i) => tensor === model.inputs[i]);
  const folder = await Deno.makeTempDir({ prefix: "kedge-c99-" });
  try {
    const source = await writeModel(program) + (raw ? RAW_MAIN : FLOAT_MAIN);
    await Deno.writeTextFile(`${folder}/model.c`, source);
    await Deno.writeTextFile(`${folder}/model.h`, writeHeader(program, { sha256: "" }));
    const built = ["-std=c99", ...flags, `${folder}/model.c`, "-o", `${folder}/model`];
    await finished(compiler, built);
    const feed = model.inputs.map((i) => bytesOf(inputs[model.tensors[i].name]));
    const answer = await finished(`${folder}/model`, [], new Blob(feed));
    let at = 0;
    return Object.fromEntries(program.outputs.map(({ tensor, bytes }) => {
      const { name, dtype } = model.tensors[tensor];
      const part = answer.slice(at, at += bytes).buffer;
      return [name, dtype === "int8" ? new Int8Array(part) : new Float32Array(part)];
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function bytesOf(values: TensorArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

async function finished(program: string, args: string[], input?: Blob): Promise<Uint8Array> {
  const process = new Deno.Command(program, {
    args,
    stdin: input ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const fed = input?.stream().pipeTo(process.stdin).catch(() => {});
  const { success, stdout, stderr } = await process.output();
  await fed;
  if (success) return stdout;
  throw new Error(`${program}: ${new TextDecoder().decode(stderr).slice(0, 2000)}`);
}
