/**
 * Whether a file exists: the part of `@std/fs/exists` that kedge uses, with the same signature, for
 * machines that cannot reach JSR. Taking `links` out of deno.json gives the real one.
 * @module
 */

/** What has to be there. */
export interface ExistsOptions {
  /** Only a directory counts. */
  isDirectory?: boolean;
  /** Only a file counts. */
  isFile?: boolean;
}

/**
 * Tells whether the path is there and is what is asked for.
 * @throws TypeError when both kinds are asked for at once, and whatever else stat throws.
 */
export async function exists(
  path: string | URL,
  options: ExistsOptions = {},
): Promise<boolean> {
  if (options.isDirectory && options.isFile) {
    throw new TypeError(
      "ExistsOptions.options.isDirectory and ExistsOptions.options.isFile must not be true together",
    );
  }
  try {
    const info = await Deno.stat(path);
    if (options.isDirectory) return info.isDirectory;
    if (options.isFile) return info.isFile;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
