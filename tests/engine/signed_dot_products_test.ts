/** Convolutions where dot products take bytes for signed, as ARM's do, as far as one that takes them for unsigned tells. */
import assert from "node:assert/strict";
import { createEngine } from "../../runtime/engine/engine.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { dotProducts } from "../../runtime/hosts/dot_products.ts";
import { RELAXED } from "../../runtime/kernels/generated/relaxed.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { packCase } from "../helpers/one_operator.ts";
import { conv2d, valuesFor } from "../helpers/operator_cases.ts";
import { Random } from "../helpers/random.ts";

const missing = dotProducts() === null ? ", no exact dot products of bytes on this platform" : "";

Deno.test(`pixels and borders from 0 on, nothing added to them${missing}`, {
  ignore: missing !== "",
}, async () => {
  const kernels = new WebAssembly.Module(Uint8Array.fromBase64(RELAXED));
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const tested = conv2d(true)(random);
    const [x] = tested.inputs;
    x.quantization!.zeroPoint = random.int(0, 127);
    const packed = await packCase(tested);
    const values = Int8Array.from(valuesFor(random, x), (value) => Math.abs(value) & 127);
    const engine = createEngine(readModel(packed), { steps, kernels, relaxed: true, dot: 0 });
    const { y: wanted } = await REFERENCE.run(packed, { x: values });
    assert.deepEqual(engine.run({ x: values }).y, wanted, `seed ${seed}: ${tested.name}`);
  }
});
