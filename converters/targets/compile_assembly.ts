/**
 * Compiles AssemblyScript in memory.
 * @module
 */
import asc from "assemblyscript/asc";

/**
 * A WASM module that imports its memory as `env.memory`.
 * @param sources texts by file name; "entry.ts" is compiled.
 * @param features comma-separated, for example "simd".
 */
export async function compileAssembly(
  sources: ReadonlyMap<string, string>,
  features: string,
): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array | null = null;
  const messages: string[] = [];
  const { error } = await asc.main(
    [
      "entry.ts",
      "--outFile",
      "kernels.wasm",
      "--runtime",
      "stub",
      "--importMemory",
    ]
      .concat(["--noExportMemory", "-O3", "--noAssert", "--enable", features]),
    {
      readFile: (name: string) => sources.get(name) ?? null,
      writeFile: (name: string, contents: Uint8Array | string) => {
        if (name === "kernels.wasm" && typeof contents !== "string") {
          wasm = contents;
        }
      },
      listFiles: () => [],
      stderr: {
        write: (
          text: string | Uint8Array,
        ) => (messages.push(String(text)), true),
      },
    },
  );
  if (error || !wasm) {
    throw new Error(`compiling kernels: ${messages.join("")}`, {
      cause: error,
    });
  }
  return new Uint8Array(wasm);
}
