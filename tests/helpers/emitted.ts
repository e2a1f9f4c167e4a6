/** Emitted files of target mcu in a folder. */
import { runs } from "./c99_backend.ts";

/** Writes files below a folder. */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [name, bytes] of files) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, bytes);
  }
}

/** What is missing of some programs, for the name of a skipped test; "" for nothing. */
export function withoutTools(...programs: string[]): string {
  const missing = programs.filter((program) => !runs(program));
  return missing.length ? `, needs ${missing.join(", ")}` : "";
}
