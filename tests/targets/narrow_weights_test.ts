/** Weights of few values stay packed, and give the same bits. */
import assert from "node:assert/strict";
import type { Tensor } from "../../converters/graph/graph.ts";
import { makeProgram } from "../../converters/targets/mcu/mod.ts";
import {
  type NarrowWeights,
  narrowWeights,
} from "../../converters/targets/mcu/weight_layouts/narrow_weights.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { HOST_COMPILER, HOST_COMPILER_REASON, runAsC } from "../helpers/c99_backend.ts";
import { activation, valuesFor } from "../helpers/operator_cases.ts";
import { type OperatorCase, packCase } from "../helpers/one_operator.ts";
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

/** Weights out of so many values: the same for all channels, or others for each. */
function weightsOf(random: Random, channels: number, depth: number, kinds: number, own: boolean) {
  const table = () => Array.from({ length: kinds }, () => random.int(-128, 127));
  const shared = table();
  const out = new Int8Array(channels * depth);
  for (let c = 0; c < channels; c++) {
    const values = own ? table() : shared;
    for (let k = 0; k < depth; k++) out[c * depth + k] = random.pick(values);
  }
  return out;
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

function weighted(random: Random, op: "Conv2D" | "FullyConnected", kinds: number): OperatorCase {
  const dense = op === "FullyConnected";
  const [depth, outputs] = [random.pick([5, 8, 16]), random.int(12, 40)];
  const kernel = dense ? 1 : 3;
  const count = dense ? random.int(130, 400) : depth * 9;
  const size = random.int(3, 7);
  const weights = weightsOf(random, outputs, count, kinds, random.int(0, 1) === 1);
  const w: Tensor = {
    name: "w",
    dtype: "int8",
    shape: dense ? [outputs, count] : [outputs, kernel, kernel, depth],
    data: weights,
    quantization: { scale: 0.01, zeroPoint: 0 },
  };
  const data = Int32Array.from({ length: outputs }, () => random.int(-5000, 5000));
  const b: Tensor = { name: "b", dtype: "int32", shape: [outputs], data };
  const x = activation(random, "x", dense ? [1, count] : [1, size, size, depth], true);
  const y = activation(random, "y", dense ? [1, outputs] : [1, size, size, outputs], true);
  const window = { strideH: 1, strideW: 1, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1 };
  const bounds = { factor: 0.05, min: -128, max: random.pick([127, 90]) };
  return {
    name: `${op} of ${kinds} values`,
    node: {
      op,
      params: dense ? bounds : { ...window, dilationH: 1, dilationW: 1, groups: 1, ...bounds },
      list: [],
    },
    inputs: [x, w, b],
    output: y,
  };
}

for (const op of ["Conv2D", "FullyConnected"] as const) {
  Deno.test({
    name: `${op} with packed weights has the reference's bits${
      HOST_COMPILER ? "" : `, ${HOST_COMPILER_REASON}`
    }`,
    ignore: !HOST_COMPILER,
    fn: async () => {
      let packedCases = 0;
      for (const [seed, [kinds]] of WIDTHS.entries()) {
        const random = new Random(seed);
        const tested = weighted(random, op, kinds);
        const packed = await packCase(tested);
        const inputs = { x: valuesFor(random, tested.inputs[0]) };
        const wanted = await REFERENCE.run(packed, inputs);
        assert.deepEqual(await runAsC(packed, inputs), wanted, tested.name);
        const { steps } = makeProgram(readModel(packed.slice()));
        packedCases += Number(/_packed_/.test(steps[0].calls[0].kernel));
      }
      assert.ok(packedCases >= 3, `${packedCases} of ${WIDTHS.length} stayed packed`);
    },
  });
}
