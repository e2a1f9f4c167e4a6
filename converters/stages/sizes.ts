/**
 * Bytes of a bundle, raw and compressed.
 * @module
 */
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { DeviceReport, Report } from "../check/report.ts";

/** What the sizes are taken of. */
export interface Sized {
  /** Bytes of the source model's file. */
  original: number;
  /** Bytes of all constants in model.kedge. */
  weights: number;
  /** model.kedge. */
  model: Uint8Array;
  /** Everything that has to be shipped to run the model. */
  shipped: readonly Uint8Array[];
  /** The same, without model.kedge inside. */
  code: readonly Uint8Array[];
}

/** Beyond this brotli's quality 11 takes minutes. */
const LARGE_FILE = 8 << 20;

/** Fills the `bytes` of a report: gzip -9 and brotli -q 11 (-q 9 over 8 MiB), each file by itself. */
export function measureBytes(sized: Sized): Report["bytes"] {
  return {
    original: sized.original,
    weights: sized.weights,
    model: sized.model.length,
    code: sum(sized.code, (file) => file.length),
    total: sum(sized.shipped, (file) => file.length),
    codeGzip: sum(sized.code, gzipBytes),
    codeBrotli: sum(sized.code, brotliBytes),
    totalGzip: sum(sized.shipped, gzipBytes),
    totalBrotli: sum(sized.shipped, brotliBytes),
  };
}

/** The same for a microcontroller, whose flash holds code and constants as they are. */
export function deviceBytes(
  original: number,
  weights: number,
  model: number,
  { flash }: DeviceReport,
): Report["bytes"] {
  const total = flash.text + flash.rodata;
  return {
    original,
    weights,
    model,
    code: flash.text,
    total,
    codeGzip: flash.text,
    codeBrotli: flash.text,
    totalGzip: total,
    totalBrotli: total,
  };
}

function sum(
  files: readonly Uint8Array[],
  size: (file: Uint8Array) => number,
): number {
  return files.reduce((total, file) => total + size(file), 0);
}

function gzipBytes(file: Uint8Array): number {
  return gzipSync(file, { level: 9 }).length;
}

function brotliBytes(file: Uint8Array): number {
  const quality = constants.BROTLI_PARAM_QUALITY;
  const window = constants.BROTLI_PARAM_LGWIN;
  return brotliCompressSync(file, {
    params: { [quality]: file.length > LARGE_FILE ? 9 : 11, [window]: 24 },
  }).length;
}
