/**
 * Writes results so that a reader sees either all of them or what was there before.
 * @module
 */
import { exists } from "@std/fs/exists";
import { KedgeError } from "../../runtime/format/error.ts";
import { reason } from "./read_source.ts";

/**
 * Writes a folder beside its place, then renames it there; what stood there before is replaced.
 * @throws KedgeError `file/write` when it cannot be written (read-only, disk full, no such parent).
 */
export async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const target = withoutSlash(folder);
  const staging = `${target}.kedge-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await assertReplaceable(target);
    await assertNotReadOnly(target);
    await Deno.mkdir(staging, { recursive: true });
    for (const [name, bytes] of files) {
      const folder = name.slice(0, name.lastIndexOf("/") + 1);
      if (folder) await Deno.mkdir(`${staging}/${folder}`, { recursive: true });
      await Deno.writeFile(`${staging}/${name}`, bytes);
    }
    await replace(staging, target);
  } catch (error) {
    await Deno.remove(staging, { recursive: true }).catch(() => {});
    throw asWriteError(error, target);
  }
}

/** Writes one file beside its place, then renames it there. */
export async function writeFile(
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const staging = `${path}.kedge-${crypto.randomUUID().slice(0, 8)}`;
  try {
    const parent = path.slice(0, path.lastIndexOf("/") + 1);
    await assertNotReadOnly(path);
    if (parent) await Deno.mkdir(parent, { recursive: true });
    await Deno.writeFile(staging, bytes);
    await Deno.rename(staging, path);
  } catch (error) {
    await Deno.remove(staging).catch(() => {});
    throw asWriteError(error, path);
  }
}

/**
 * Tells early whether `--out` can be written, before minutes of work.
 * @throws KedgeError `file/write`.
 */
export async function assertWritable(folder: string): Promise<void> {
  const target = withoutSlash(folder);
  try {
    await assertReplaceable(target);
    await assertNotReadOnly(target);
    // Beside what will be made first: another command may be about to write into the same folder.
    const beside = await firstMissing(target) ?? target;
    const probe = `${beside}.kedge-${crypto.randomUUID().slice(0, 8)}`;
    await Deno.mkdir(probe);
    await Deno.remove(probe);
  } catch (error) {
    throw asWriteError(error, target);
  }
}

/** A folder that holds something other than a bundle is not ours to replace. */
async function assertReplaceable(target: string): Promise<void> {
  const info = await Deno.stat(target).catch(() => null);
  if (!info) return;
  const names = info.isDirectory
    ? (await Array.fromAsync(Deno.readDir(target))).map(({ name }) => name)
    : [];
  if (
    info.isDirectory && (names.length === 0 || names.includes("report.json"))
  ) return;
  throw new KedgeError({
    code: "file/write",
    message: `Writing to "${target}": it holds something that is no bundle`,
    where: { file: target },
    got: info.isDirectory ? names.slice(0, 5).join(", ") : "a file",
    wanted: "a new or empty folder, or an earlier bundle",
    hint: "choose another --out",
  });
}

/** Whoever marked a place read-only means it, and to root the system would not say no. */
async function assertNotReadOnly(path: string): Promise<void> {
  const parent = parentOf(path);
  const missing = await firstMissing(parent);
  for (const existing of [missing === null ? parent : parentOf(missing), path]) {
    const info = await Deno.stat(existing).catch(() => null);
    if (info && info.mode !== null && (info.mode & 0o222) === 0) {
      throw new Deno.errors.PermissionDenied(`"${existing}" is marked read-only`);
    }
  }
}

function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
}

const withoutSlash = (folder: string) => folder.replace(/(?<=.)\/+$/, "");

/** The topmost folder on the way to `path` that is not there yet, or null. */
async function firstMissing(path: string): Promise<string | null> {
  const parts = path.split("/");
  for (let i = 1; i <= parts.length; i++) {
    const prefix = parts.slice(0, i).join("/") || "/";
    if (!await exists(prefix)) return prefix;
  }
  return null;
}

async function replace(staging: string, target: string): Promise<void> {
  const old = `${staging}-old`;
  const had = await exists(target);
  if (had) await Deno.rename(target, old);
  try {
    await Deno.rename(staging, target);
  } catch (error) {
    if (had) await Deno.rename(old, target);
    throw error;
  }
  if (had) await Deno.remove(old, { recursive: true });
}

function asWriteError(error: unknown, path: string): KedgeError {
  if (error instanceof KedgeError) return error;
  return new KedgeError({
    code: "file/write",
    message: `Writing to "${path}": ${reason(error)}`,
    where: { file: path },
    hint: "check that the folder can be written and the disk has room",
  }, { cause: error });
}
