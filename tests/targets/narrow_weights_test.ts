/** Weights of few values stay packed, and give the same bits. */
import assert from "node:assert/strict";
import { makeProgram } from "../../converters/targets/mcu/mod.ts";
import {
  type NarrowWeights,
  narrowWeights,
} from "../../converters/targets/mcu/weight_layouts/narrow_weights.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { HOST_COMPILER, HOST_COMPILER_REASON, runAsC } from "../helpers/c99_backend.ts";
import { NARROW_LAYERS, narrowLayer, weightsOf } from "../helpers/narrow_cases.ts";
import { valuesFor } from "../helpers/operator_cases.ts";
import { packCase } from "../helpers/one_operator.ts";
import { Random } from "../helpers/random.ts";

/** What an index stands for, read as the C kernel reads it. */
function unpack({ bits, values, perChannel, indices, rowBytes }: NarrowWeights, depth: number) {
  const channels = indices.length / rowBytes;
  return Int8Array.from({ length: channels * depth }, (_, i) => {
    const [channel, k] = [Math.floor(i / depth), i % depth];
    const bit = k * bits;
    const index = indices[channel * rowBytes + (bit >> 3)] >> (bit & 7) & (1 << bits) - 1;
    return values[(perChannel ? channel << bits : 0) + index];
  });
}

const WIDTHS = [[2, 1], [3, 2], [4, 2], [5, 4], [16, 4]];

for (const [kinds, bits] of WIDTHS) {
  for (const own of [false, true]) {
    Deno.test(`${kinds} values${own ? " of each channel's own" : ""}: ${bits} bits, lossless`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const random = new Random(seed);
        const [channels, depth] = [random.int(8, 40), random.int(128, 300)];
        const weights = weightsOf(random, channels, depth, kinds, own);
        const packed = narrowWeights(weights, channels);
        assert.ok(packed, `seed ${seed}`);
        assert.ok(packed.bits <= bits);
        assert.deepEqual(unpack(packed, depth), weights);
        const share = (packed.indices.length + packed.values.length) / weights.length;
        assert.ok(share <= 0.7, String(share));
      }
    });
  }
}

Deno.test("weights of many values, and few weights, stay int8", () => {
  const random = new Random(1);
  assert.equal(narrowWeights(weightsOf(random, 16, 200, 200, false), 16), null);
  assert.equal(narrowWeights(weightsOf(random, 4, 100, 2, false), 4), null);
});

for (const layer of Object.keys(NARROW_LAYERS) as (keyof typeof NARROW_LAYERS)[]) {
  Deno.test({
    name: `${layer} with packed weights has the reference's bits${
      HOST_COMPILER ? "" : `, ${HOST_COMPILER_REASON}`
    }`,
    ignore: !HOST_COMPILER,
    fn: async () => {
      let packedCases = 0;
      for (const [seed, [kinds]] of WIDTHS.entries()) {
        const random = new Random(seed);
        const tested = narrowLayer(random, layer, kinds);
        const packed = await packCase(tested);
        const inputs = { x: valuesFor(random, tested.inputs[0]) };
        const wanted = await REFERENCE.run(packed, inputs);
        assert.deepEqual(await runAsC(packed, inputs), wanted, tested.name);
        const { steps } = makeProgram(readModel(packed.slice()));
        packedCases += Number(/_packed_/.test(steps[0].calls[0].kernel));
      }
      // With groups all weights have to fit at once, beside little here.
      assert.ok(
        packedCases >= (layer === "Conv2D of groups" ? 1 : 3),
        `${packedCases} of ${WIDTHS.length} stayed packed`,
      );
    },
  });
}
