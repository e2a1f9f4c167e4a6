/** Host compilers for the C kernels, and programs made of packed models. */
import { kernelSource } from "../../converters/targets/mcu/kernel_source.ts";
import type { Model, TensorMap } from "../../runtime/format/model.ts";
import { cLayers } from "./c_program.ts";

/** What every C file is compiled with. */
export const STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-ffp-contract=off"];

/** Includes and declarations that stand before the kernels. */
export const PROLOGUE = `#include <stddef.h>
#include <stdint.h>
void *memcpy(void *to, const void *from, size_t count);

void *memset(void *to, int value, size_t count);
`;

/** Whether a program is there to be run. */
export async function hasTool(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

/** One model to be run once. */
export interface Run {
  readonly model: Model;
  readonly inputs: TensorMap;
}

/**
 * Compiles the models into one program for the host, runs it, and gives each one's only output.
 * @param flags of the compiler, besides the strict ones.
 */
export async function runOnHost(
  compiler: string,
  flags: readonly string[],
  runs: readonly Run[],
): Promise<Uint8Array[]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/all.c`, await hostProgram(runs));
    await command(compiler, [...STRICT, ...flags, `${folder}/all.c`, "-o", `${folder}/all`]);
    const feed = runs.flatMap(({ model, inputs }) =>
      model.inputs.map((i) => {
        const { buffer, byteOffset, byteLength } = inputs[model.tensors[i].name];
        return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
      })
    );
    const all = await command(`${folder}/all`, [], await new Blob(feed).bytes());
    let at = 0;
    return runs.map(({ model }) => {
      const bytes = bytesOf(model, model.outputs[0]);
      at += bytes;
      return all.slice(at - bytes, at);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const bytesOf = (model: Model, tensor: number) =>
  model.tensors[tensor].size * (model.tensors[tensor].dtype === "int8" ? 1 : 4);

async function hostProgram(runs: readonly Run[]): Promise<string> {
  const kernels = new Set<string>();
  const parts = runs.map(({ model }, at) => {
    const { text, functions, address, kernels: used } = cLayers(model, `m${at}`);
    used.forEach((name) => kernels.add(name));
    const reads = model.inputs.map((i) => `fread(${address(i)}, 1, ${bytesOf(model, i)}, stdin)`);
    const [output] = model.outputs;
    const body = [
      ...reads.map((read) => `if (!${read}) return 1;`),
      ...functions.map((name) => `${name}();`),
      `fwrite(${address(output)}, 1, ${bytesOf(model, output)}, stdout);`,
    ];
    return { text, body };
  });
  return `#include <stdio.h>\n${PROLOGUE}${await kernelSource([...kernels])}
${parts.map(({ text }) => text).join("\n")}
int main(void) {\n  ${parts.flatMap(({ body }) => body).join("\n  ")}\n  return 0;\n}\n`;
}

/**
 * Runs a program to its end.
 * @throws Error with what it wrote to stderr when it fails.
 */
export async function command(
  name: string,
  args: readonly string[],
  input?: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const child = new Deno.Command(name, {
    args: [...args],
    stdin: input ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const fed = input ? new Blob([input]).stream().pipeTo(child.stdin) : Promise.resolve();
  const { success, stdout, stderr } = await child.output();
  await fed.catch(() => {});
  if (!success) throw new Error(`${name}: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
