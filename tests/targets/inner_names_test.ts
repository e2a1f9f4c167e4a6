/** Shortened names stay inside of a bundle's module. */
import { CODINGS } from "../../runtime/format/unpack/unpack.ts";
import assert from "node:assert/strict";
import { INNER_NAMES } from "../../converters/targets/deno/inner_names.ts";

const ROOT = new URL("../../", import.meta.url);
/** What reads a loaded model from outside of the module that loaded it, or says what it holds. */
const OUTSIDE = [
  "runtime/engine/session.ts",
  "runtime/engine/self_check.ts",
  "runtime/hosts/http_error.ts",
  "runtime/hosts/http_request.ts",
  "runtime/hosts/http_server.ts",
  "converters/targets/deno/check_worker.ts",
  "converters/targets/deno/run_check.ts",
  "converters/targets/deno/templates.ts",
  "converters/bench/workers/kedge.ts",
];

for (const path of OUTSIDE) {
  Deno.test(`${path} uses no name that bundles shorten`, async () => {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const code = text.replaceAll(
      /\/\*.*?\*\/|\/\/.*/gs,
      (comment) => comment.replaceAll(/\S/g, " "),
    );
    const used = INNER_NAMES.filter((name) =>
      new RegExp(`\\.${name}\\b|[{,]\\s*${name}\\s*[,}:=]|"${name}"\\]`).test(code)
    );
    assert.deepEqual(used, []);
  });
}

Deno.test("no name is shortened twice", () => {
  assert.equal(new Set(INNER_NAMES).size, INNER_NAMES.length);
});

Deno.test("inner names: no coding, as files name these", () => {
  assert.deepEqual(CODINGS.filter((coding) => INNER_NAMES.includes(coding)), []);
});
