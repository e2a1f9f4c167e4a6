/** Weights so large that WASM memory moves while they are laid out. */
import assert from "node:assert/strict";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { packCase } from "../helpers/one_operator.ts";
import { Random } from "../helpers/random.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";

const OUTPUTS = 512;
const DEPTH = 1536;

for (const limit of [127, 63, 7]) {
  Deno.test(`FullyConnected with ${OUTPUTS * DEPTH} weights up to ${limit}`, async () => {
    const random = new Random(limit);
    const data = Int8Array.from({ length: OUTPUTS * DEPTH }, () => random.int(-limit, limit));
    const channelScales = new Uint16Array(OUTPUTS).fill(toFloat16(1));
    const packed = await packCase({
      name: "large",
      node: {
        op: "FullyConnected",
        params: { factor: Math.fround(2 / limit), min: -128, max: 127 },
        list: [],
      },
      inputs: [
        { name: "x", dtype: "int8", shape: [3, DEPTH], quantization: { scale: 1, zeroPoint: 7 } },
        {
          name: "w",
          dtype: "int8",
          shape: [OUTPUTS, DEPTH],
          data,
          quantization: { scale: Math.fround(0.01), zeroPoint: 0, channelScales, axis: 0 },
        },
      ],
      output: {
        ...{ name: "y", dtype: "int8", shape: [3, OUTPUTS] },
        quantization: { scale: 1, zeroPoint: -3 },
      },
    });
    const x = Int8Array.from({ length: 3 * DEPTH }, () => random.int(-128, 127));
    const { y: wanted } = await REFERENCE.run(packed, { x });
    assert.ok(new Set(wanted).size > 100, "outputs differ");
    for (const backend of BACKENDS) {
      assert.deepEqual((await backend.run(packed, { x })).y, wanted, backend.name);
    }
  });
}
