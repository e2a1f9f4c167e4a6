/**
 * Compiles AssemblyScript in memory.
 * @module
 */

/**
 * Binaryen's passes. Its levels nest expressions and hoist what they can, which keeps more values
 * alive at once than there are registers: the order in the source is the order to compute in. V8
 * does the rest. Functions are taken out last: what only dead branches call is unused then. The one page
 * of memory is promised so that V8 checks each address once, not twice.
 */
const PASSES = [
  ...["precompute-propagate", "optimize-instructions", "dce", "remove-unused-brs"],
  ...["remove-unused-names", "merge-blocks", "simplify-locals-nonesting", "vacuum"],
  ...["coalesce-locals", "reorder-locals", "remove-unused-module-elements"],
];

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
  // Loaded here, as it takes a third of a second, and most commands emit nothing.
  const { default: asc } = await import("assemblyscript/asc");
  const { error } = await asc.main(
    [
      ...["entry.ts", "--outFile", "kernels.wasm", "--runtime", "stub", "--noAssert"],
      ...["--importMemory", "--noExportMemory", "--initialMemory", "1", "--enable", features],
      ...["--optimizeLevel", "0", "--shrinkLevel", "0", "--runPasses", PASSES.join()],
    ],
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
