/** The full runtime stays small. */
import assert from "node:assert/strict";
import { brotliCompressSync } from "node:zlib";
import { bundleSource, endBundling } from "../../converters/targets/deno/bundle_source.ts";

/** Bytes with brotli. */
const MOST = 60_000;

Deno.test("the full runtime, with all kernels, takes few bytes", async () => {
  const runtime = new URL("../../runtime/mod.ts", import.meta.url).href;
  const code = await bundleSource(`export * from ${JSON.stringify(runtime)};`, new Map());
  await endBundling();
  const { length } = brotliCompressSync(new TextEncoder().encode(code));
  assert.ok(length > MOST / 10 && length <= MOST, `${length} bytes`);
});
