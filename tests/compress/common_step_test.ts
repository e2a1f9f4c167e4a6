/** Weights that already are whole numbers of a step keep it. */
import assert from "node:assert/strict";
import { commonStep } from "../../converters/compress/common_step.ts";
import { weightsOf } from "../../converters/compress/mod.ts";
import { roundWeights } from "../../converters/compress/round_weights.ts";
import { readSource } from "../../converters/stages/read_source.ts";
import { Random } from "../helpers/random.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";

/** Integers again and again, so that there are enough of them. */
const grid = (integers: readonly number[], step: number) =>
  Float32Array.from({ length: 64 }, (_, i) => integers[i % integers.length] * step);

/** The grid of 8 bits. */
const BYTES = { kind: "uniform", low: -127, high: 127, group: 0 } as const;

const CASES: [string, Float32Array, number, number | null][] = [
  ["by hand: 0.5, −0.25, 1.5", grid([2, -1, 6], 0.25), 127, 0.25],
  ["multiples of 2 have a step twice as wide", grid([2, -4, 6], 0.25), 127, 0.5],
  ["the largest is just the limit", grid([127, -3, 2], 2 ** -9), 127, 2 ** -9],
  ["the largest is above the limit", grid([127, -3, 2], 2 ** -9), 63, null],
  ["one weight lies between", grid([2, -1, 6], 0.25).map((w, i) => i === 9 ? 0.31 : w), 127, null],
  ["nothing but zeros", new Float32Array(64), 127, null],
  ["too few to tell", Float32Array.of(0.5, -0.25, 1.5), 127, null],
];

for (const [title, weights, limit, wanted] of CASES) {
  Deno.test(`common step: ${title}`, () => assert.equal(commonStep(weights, limit), wanted));
}

Deno.test("common step: none of random weights, and that of random integers", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = new Random(seed);
    const integers = Float32Array.from({ length: 100 }, () => random.int(-90, 90));
    integers[0] = 90;
    integers[1] = 89;
    const step = 0.01 + random.next();
    const found = commonStep(integers.map((q) => q * step), 127);
    assert(found && Math.abs(found / step - 1) < 1e-6, `seed ${seed}: ${found} for ${step}`);
    assert.equal(commonStep(integers.map(() => random.next()), 127), null);
  }
});

Deno.test({
  name: `DS-CNN's pointwise weights, int8 in its source, stay what they are${
    hasShared ? "" : ` (${SHARED_REASON})`
  }`,
  ignore: !hasShared,
  async fn() {
    const { core } = await readSource(sharedModel("dscnn-kws"), {});
    const kept = core.nodes.filter((node) => {
      const weights = weightsOf(core, node);
      if (!weights || !commonStep(weights.data, 127)) return false;
      const floors = new Float64Array(weights.shape[weights.axis]);
      const { data, quantization } = roundWeights(weights, BYTES, floors);
      return weights.data.every((weight, i) =>
        Math.abs(weight - data[i] * quantization.scale) <= quantization.scale * 2 ** -10
      );
    });
    assert.equal(kept.length, 5);
  },
});
