/**
 * Puts emitted files where a check can run them, and opens bundles that were written earlier.
 * @module
 */
import { pathToFileURL } from "node:url";
import { KedgeError } from "../../../runtime/format/error.ts";
import type { BundleFiles, Runnable } from "../target.ts";
import { MODULE_NAME } from "./emit.ts";
import { type Emitted, measureColdStart, startCheck } from "./run_check.ts";

/** Emitted files in a temporary folder, which goes away with it. */
export type StagedBundle = Emitted & Runnable & AsyncDisposable;

/** Writes the files to a temporary folder. */
export async function stageBundle(files: BundleFiles): Promise<StagedBundle> {
  const folder = await Deno.makeTempDir({ prefix: "kedge-bundle-" });
  for (const [name, bytes] of files) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
  return {
    ...emittedIn(folder, files.has("model.kedge")),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/**
 * Reads a bundle's files from its folder.
 * @throws KedgeError `file/bundle` when it holds no bundle.
 */
export async function openBundle(
  folder: string,
): Promise<{ files: BundleFiles; emitted: Emitted & Runnable }> {
  const path = await Deno.realPath(folder).catch(() => folder);
  const files: BundleFiles = new Map();
  try {
    for await (const entry of Deno.readDir(path)) {
      if (entry.isFile) {
        files.set(entry.name, await Deno.readFile(`${path}/${entry.name}`));
      }
    }
  } catch {
    files.clear();
  }
  if (!files.has(MODULE_NAME) || !files.has("report.json")) {
    throw new KedgeError({
      code: "file/bundle",
      message: `Opening the bundle "${folder}": it holds no bundle`,
      where: { file: folder },
      got: [...files.keys()].slice(0, 5).join(", ") || "nothing",
      wanted: `a folder with ${MODULE_NAME} and report.json`,
      hint: "make one with `deno task bundle MODEL --data D --out DIR`",
    });
  }
  return { files, emitted: emittedIn(path, files.has("model.kedge")) };
}

/** The .kedge file inside a bundle; the module is loaded anew each time. */
export async function packedIn({ module }: Emitted): Promise<Uint8Array<ArrayBuffer>> {
  const { packed } = await import(`${pathToFileURL(module)}?${crypto.randomUUID()}`) as {
    packed(): Promise<Uint8Array<ArrayBuffer>>;
  };
  return await packed();
}

function emittedIn(folder: string, split: boolean): Emitted & Runnable {
  const emitted = {
    module: `${folder}/${MODULE_NAME}`,
    permissions: split ? [`--allow-read=${folder}`] : [],
  };
  return {
    ...emitted,
    start: (model) => startCheck(emitted, model.outputs.map((i) => model.tensors[i].size)),
    measureColdStart: () => measureColdStart(emitted),
  };
}
