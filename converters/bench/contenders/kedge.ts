/**
 * kedge's own bundles.
 * @module
 */
import { toFileUrl } from "../file_url.ts";
import { MODULE_NAME, shipped } from "../../targets/deno/mod.ts";
import type { BundleFiles } from "../../targets/target.ts";
import { VERSION } from "../../version.ts";
import { type Contender, worker, type Workshop } from "./contender.ts";

/**
 * A bundle of target `deno`.
 * @param precision names it: "int8", "float32".
 * @param module path of the bundle's module where it has its place already.
 */
export async function kedgeContender(
  precision: string,
  files: BundleFiles,
  workshop: Workshop,
  module?: string,
): Promise<Contender> {
  const path = module ?? await stage(precision, files, workshop);
  const own = shipped(files);
  return {
    name: `kedge ${precision}`,
    runtime: `kedge ${VERSION}`,
    precision,
    own: true,
    worker: worker("kedge"),
    config: { module: toFileUrl(path) },
    shipped: [...files].filter(([, bytes]) => own.includes(bytes))
      .map(([name, bytes]) => ({ name, bytes, part: "both" })),
    area: "bug",
  };
}

async function stage(precision: string, files: BundleFiles, workshop: Workshop): Promise<string> {
  const folder = `${precision.replace(/\W+/g, "_")}_bundle`;
  for (const [name, bytes] of files) await workshop.write(`${folder}/${name}`, bytes);
  return `${workshop.folder}/${folder}/${MODULE_NAME}`;
}
