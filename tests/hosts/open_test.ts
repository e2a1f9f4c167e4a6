/** How kernels and models come together. */
import assert from "node:assert/strict";
import { run } from "../../runtime/engine/session.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import { noPixels } from "../../runtime/engine/pixels.ts";
import { ALL_OPERATORS } from "../../runtime/format/all_operators.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { opener, type Parts } from "../../runtime/hosts/open.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { packCase } from "../helpers/one_operator.ts";
import { add } from "../helpers/operator_cases.ts";
import { Random } from "../helpers/random.ts";

const FILE = new Uint8Array(await packCase(add(true)(new Random(1))));

function partsWith(simd: Parts["simd"]): Parts {
  return { simd, steps, operators: ALL_OPERATORS, pixels: noPixels };
}

Deno.test("kernels are compiled while the model arrives", async () => {
  const { promise, resolve } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const compile = WebAssembly.Module;
  let asked = false;
  let compiled = false;
  class Watched extends compile {
    constructor(code: BufferSource) {
      super(code);
      compiled = true;
    }
  }
  WebAssembly.Module = Watched;
  try {
    const open = opener(partsWith(() => {
      asked = true;
      return fromBase64(SIMD);
    }));
    const loading = open(() => promise);
    await new Promise((done) => setTimeout(done));
    assert.ok(asked && compiled);
    resolve(FILE);
    assert.ok((await loading).engine.threads === 1);
  } finally {
    WebAssembly.Module = compile;
  }
});

Deno.test("kernels are compiled once for many models", async () => {
  let asked = 0;
  const open = opener(partsWith(() => {
    asked++;
    return fromBase64(SIMD);
  }));
  const models = await Promise.all([open(() => FILE), open(() => FILE), open(() => FILE)]);
  assert.equal(asked, 1);
  const { tensors, inputs } = models[0].model;
  const values = Object.fromEntries(inputs.map((i) => {
    const { name, size } = tensors[i];
    return [name, new Int8Array(size).fill(i)];
  }));
  const [first, ...others] = models.map((loaded) => run(loaded, values));
  for (const other of others) assert.deepEqual(other, first);
});

Deno.test("kernels that did not arrive are asked for again", async () => {
  let asked = 0;
  const open = opener(partsWith(() => {
    if (!asked++) throw new Error("the line is down");
    return fromBase64(SIMD);
  }));
  await assert.rejects(open(() => FILE), /the line is down/);
  assert.ok((await open(() => FILE)).engine.threads === 1);
});
