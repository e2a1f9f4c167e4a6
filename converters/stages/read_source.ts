/**
 * Reads a source model's file and imports it.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { CoreGraph, SourceGraph } from "../graph/graph.ts";
import { fixInputs, importOnnx } from "../importers/onnx/mod.ts";
import { assertSupported, inferShapes, lower } from "../operators/mod.ts";
import type { Recipe } from "../recipe/mod.ts";
import { simplify } from "../simplify/mod.ts";
import { mirrored } from "./mirror.ts";

/** A source model in every stage before compression. */
export interface SourceModel {
  /** Path of the file. */
  path: string;
  /** File name without folders. */
  name: string;
  /** The file, with inputs of one value as constants. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Weight files beside it, by the path that the model names them with. */
  beside: Record<string, Uint8Array>;
  /** SHA-256 of the file, lower-case hex. */
  sha256: string;
  /** Elements of all float constants, as the source counts its parameters. */
  parameters: number;
  /** Operators of the source format, shapes known. */
  source: SourceGraph;
  /** The runtime's operators, simplified, float32; of both views, where pictures are mirrored. */
  core: CoreGraph;
}

/**
 * Reads, imports, checks, lowers and simplifies a model.
 * @throws KedgeError `file/missing`, or what the importer finds wrong.
 */
export async function readSource(
  path: string,
  { dims = {}, constants = {}, mirror = false }: Partial<
    Pick<Recipe, "dims" | "constants" | "mirror">
  >,
): Promise<SourceModel> {
  const file = await readBytes(path, "model");
  const name = path.split("/").pop() ?? path;
  const folder = path.slice(0, path.length - name.length);
  const bytes = fixInputs(file, constants, name);
  const beside: Record<string, Uint8Array> = {};
  const imported = await importOnnx({
    name,
    bytes,
    readBeside: async (file) => beside[file] = await readBytes(folder + file, "weights file"),
  }, { dims });
  assertSupported(imported);
  const source = inferShapes(imported);
  const core = lower(source);
  return {
    path,
    name,
    bytes,
    beside,
    sha256: await sha256(file),
    parameters: countParameters(source),
    source,
    core: simplify(mirror ? mirrored(core) : core),
  };
}

/**
 * Reads a whole file.
 * @param what names the file's role in the error.
 * @throws KedgeError `file/missing` or `file/unreadable`.
 */
export async function readBytes(
  path: string,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    throw new KedgeError({
      code: missing ? "file/missing" : "file/unreadable",
      message: `Reading the ${what} "${path}": ${
        missing ? "there is no such file" : reason(error)
      }`,
      where: { file: path },
      hint: "check the path",
    });
  }
}

/** SHA-256 of bytes, lower-case hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** Text of whatever was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Elements of all float constants. */
export function countParameters(graph: SourceGraph): number {
  let count = 0;
  for (const { dtype, data } of graph.tensors.values()) {
    if (data && (dtype === "float32" || dtype === "float16")) {
      count += data.length;
    }
  }
  return count;
}

/** Bytes of the model with all its files. */
export function originalBytes({ bytes, beside }: SourceModel): number {
  return Object.values(beside).reduce((sum, file) => sum + file.length, bytes.length);
}
