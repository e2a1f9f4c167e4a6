/**
 * Reading files and folders with kedge's errors.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";

/**
 * Reads a whole file.
 * @param what names it in messages, for example "the samples".
 * @throws KedgeError `data/missing` or `file/read`.
 */
export async function readData(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw unreadable(error, path, what);
  }
}

/**
 * Whether a path is a folder.
 * @throws KedgeError `data/missing` when nothing is there, or `file/read`.
 */
export async function isFolder(path: string, what: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    throw unreadable(error, path, what);
  }
}

/** `path` as seen from `folder`; an absolute path stays. */
export function beside(folder: string, path: string): string {
  return /^([\\/]|[A-Za-z]:[\\/])/.test(path) || folder === "" ? path : `${folder}/${path}`;
}

/** The folder of a path; "" where the path has none. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.search(/[\\/][^\\/]*$/)));
}

function unreadable(error: unknown, path: string, what: string): KedgeError {
  const missing = error instanceof Deno.errors.NotFound;
  return new KedgeError({
    code: missing ? "data/missing" : "file/read",
    message: `Reading ${what} "${path}": ${
      missing ? "there is no such file" : "it cannot be read"
    }`,
    where: { file: path },
    got: missing ? undefined : error instanceof Error ? error.message : String(error),
    hint: missing ? "check the path; paths in a manifest are relative to it" : "check permissions",
  }, { cause: error });
}
