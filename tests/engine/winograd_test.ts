/** Winograd's algorithm in float32: where it is used, and what it errs. */
import assert from "node:assert/strict";
import { requiredParts } from "../../converters/targets/required_parts.ts";
import { run } from "../../runtime/engine/session.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { load } from "../../runtime/hosts/load.ts";
import { assertNear } from "../helpers/assert_near.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { type OperatorCase, packCase } from "../helpers/one_operator.ts";
import { Random } from "../helpers/random.ts";
import { WINOGRAD_FLOAT32 } from "../helpers/tolerances.ts";

/** A 3×3 convolution of noise with a border of 1. */
function caseOf(random: Random, size: number, channels: number, outputs: number): OperatorCase {
  const noise = (count: number) =>
    Float32Array.from({ length: count }, () => random.next() * 4 - 2);
  const params = {
    ...{ strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, groups: 1, factor: 1 },
    ...{ padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, min: -Infinity, max: Infinity },
  };
  const weights = noise(outputs * 9 * channels);
  return {
    name: `${channels} → ${outputs}, ${size}×${size}`,
    node: { op: "Conv2D", params, list: [] },
    inputs: [
      { name: "x", dtype: "float32", shape: [1, size, size, channels] },
      { name: "w", dtype: "float32", shape: [outputs, 3, 3, channels], data: weights },
      { name: "b", dtype: "float32", shape: [outputs], data: noise(outputs) },
    ],
    output: { name: "y", dtype: "float32", shape: [1, size, size, outputs] },
  };
}

const KERNEL = "winograd_float32";
const kernelsOf = async (size: number, channels: number, outputs: number, relaxed: boolean) => {
  const packed = await packCase(caseOf(new Random(1), size, channels, outputs));
  const parts = requiredParts(readModel(packed));
  return relaxed ? parts.relaxed ?? parts.plain : parts.plain;
};

Deno.test("float32 layers take it where it gains, with relaxed SIMD alone", async () => {
  assert.ok((await kernelsOf(13, 48, 192, true)).includes(KERNEL));
  assert.ok((await kernelsOf(32, 16, 16, true)).includes(KERNEL));
  const others: [number, number, number, boolean][] = [
    [13, 48, 192, false], // the reference's sums, bit for bit
    [13, 132, 64, true], // errors would grow
    [5, 16, 16, true], // tiles would stay empty
    [32, 4, 16, true], // more work on tiles than on products
    [32, 16, 1, true],
    [32, 18, 16, true], // channels go by fours
  ];
  for (const other of others) assert.ok(!(await kernelsOf(...other)).includes(KERNEL), `${other}`);
});

Deno.test("many channels stay within the tolerance", async () => {
  for (const [seed, channels] of [64, 64, 100, 128, 128].entries()) {
    const random = new Random(seed);
    const tested = caseOf(random, 8 + 5 * (seed % 2), channels, 20);
    const packed = await packCase(tested);
    assert.ok(requiredParts(readModel(packed)).relaxed?.includes(KERNEL));
    const size = tested.inputs[0].shape!.reduce((a, b) => a * b);
    const inputs = { x: Float32Array.from({ length: size }, () => random.next() * 4 - 2) };
    const { y: wanted } = await REFERENCE.run(packed, inputs);
    const { y } = run(await load(packed), inputs);
    assertNear(y, wanted, WINOGRAD_FLOAT32, tested.name);
  }
});

Deno.test("threads begin at whole tiles: the same bits as one", async () => {
  const random = new Random(5);
  for (const size of [13, 22]) {
    const packed = await packCase(caseOf(random, size, 16, 24));
    const inputs = { x: Float32Array.from({ length: size * size * 16 }, () => random.next()) };
    const { y: wanted } = run(await load(packed), inputs);
    for (const threads of [2, 3]) {
      const loaded = await load(packed, { threads });
      assert.deepEqual(run(loaded, inputs).y, wanted, `${threads} threads`);
      loaded.engine.close();
    }
  }
});
