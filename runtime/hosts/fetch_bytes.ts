/**
 * Reads a file that lies beside the module, wherever the module runs.
 * @module
 */
import { KedgeError } from "../format/error.ts";

/**
 * Bytes behind a URL. Node's `fetch` does not take `file:`, so there its own reader does it.
 * @throws KedgeError `file/missing` when the answer is not a success.
 */
export async function fetchBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const host = globalThis as {
    process?: {
      versions?: { node?: string };
      getBuiltinModule?: (name: string) => unknown;
    };
    Deno?: unknown;
  };
  if (url.protocol === "file:" && !host.Deno && host.process?.versions?.node) {
    const name = "node:fs/promises";
    const { readFile } = await import(name) as {
      readFile(url: URL): Promise<Uint8Array<ArrayBuffer>>;
    };
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new KedgeError({
      code: "file/missing",
      message: `Reading "${url.href}": the server answered ${response.status}`,
      where: { file: url.href },
      hint: "put the file beside the module, as the bundle has it",
    });
  }
  return new Uint8Array(await response.arrayBuffer());
}
