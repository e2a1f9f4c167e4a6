/** Copies of the kernels that the first run takes turns at. */
import assert from "node:assert/strict";
import { createEngine } from "../../runtime/engine/engine.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { copiesOf } from "../../runtime/hosts/copies.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { exampleFile } from "../helpers/example_file.ts";

Deno.test("copies are modules, each with bytes of its own", () => {
  const code = fromBase64(SIMD);
  const copies = copiesOf(3)(code);
  assert.deepEqual(copiesOf(0)(code), []);
  assert.equal(new Set([code, ...copies].map((bytes) => bytes.toHex())).size, 4);
  const exportsOf = (bytes: Uint8Array<ArrayBuffer>) =>
    WebAssembly.Module.exports(new WebAssembly.Module(bytes));
  for (const copy of copies) assert.deepEqual(exportsOf(copy), exportsOf(code));
});

Deno.test("the first run and all others have the bits of one module's", async () => {
  const model = readModel(await exampleFile());
  const code = fromBase64(SIMD);
  const kernels = new WebAssembly.Module(code);
  const { name, size } = model.tensors[model.inputs[0]];
  for (const count of [0, 1, 2, 5]) {
    const copies = copiesOf(count)(code).map((bytes) => new WebAssembly.Module(bytes));
    const [one, several] = [[], copies].map((copies) =>
      createEngine(model, { steps, kernels, copies, relaxed: false })
    );
    for (const k of [1, 2, 3]) {
      const input = { [name]: Float32Array.from({ length: size }, (_, i) => Math.sin(i * k)) };
      const layers: string[] = [];
      one.run(input, (_, bytes) => layers.push(bytes.toHex()));
      several.run(input, (at, bytes) => assert.equal(bytes.toHex(), layers[at]));
      assert.equal(layers.length, model.operators.length);
    }
  }
});
