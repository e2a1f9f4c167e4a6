/**
 * Bytes to ship, raw and compressed.
 * @module
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { ShippedFile } from "./contenders/contender.ts";

/** Bytes of a file or of several. */
export interface Bytes {
  /** As they are. */
  raw: number;
  /** gzip -9. */
  gzip: number;
  /** brotli -q 11, or 9 where a file is large. */
  brotli: number;
}

/** A file with its bytes. */
export interface FileBytes extends Bytes {
  /** Name, with folders of its package where it has some. */
  name: string;
  /** The model, or what runs it; a kedge bundle is both in one. */
  part: "model" | "runtime" | "both";
}

/** Files larger than this take Brotli's level 9: the highest takes half a minute for 14 MB. */
const LARGE = 4_000_000;

/** Compresses each file by itself, and each only once. */
export class Compressor {
  readonly #known = new Map<string, Bytes>();

  /** Bytes of every file. */
  async measure(files: readonly ShippedFile[]): Promise<FileBytes[]> {
    const measured: FileBytes[] = [];
    for (const { name, bytes, part } of files) {
      measured.push({ name, part, ...await this.#compress(bytes) });
    }
    return measured;
  }

  async #compress(bytes: Uint8Array): Promise<Bytes> {
    const digest = await crypto.subtle.digest("SHA-256", bytes.slice());
    const key = new Uint8Array(digest).toHex();
    const known = this.#known.get(key);
    if (known) return known;
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > LARGE ? 9 : 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
    };
    const made = {
      raw: bytes.length,
      gzip: (await promisify(gzip)(bytes, { level: 9 })).length,
      brotli: (await promisify(brotliCompress)(bytes, { params })).length,
    };
    this.#known.set(key, made);
    return made;
  }
}

/** Sums of all files. */
export function total(files: readonly FileBytes[]): Bytes {
  const sum = (size: (file: FileBytes) => number) => files.reduce((all, f) => all + size(f), 0);
  return { raw: sum(({ raw }) => raw), gzip: sum((f) => f.gzip), brotli: sum((f) => f.brotli) };
}
