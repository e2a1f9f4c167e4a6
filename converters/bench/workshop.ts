/**
 * The temporary folder of a benchmark.
 * @module
 */
import type { Workshop } from "./contenders/contender.ts";

/** Makes it; it goes away with what is in it. */
export async function openWorkshop(): Promise<Workshop & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "kedge-bench-" });
  return {
    folder,
    async write(name, bytes) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, bytes);
      return path;
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
