/** Coded weights beside brotli -q 11 on the same buffers: plain and packed, one by one and all at once. */
import assert from "node:assert/strict";
import { codedBytes } from "../../converters/coding/mod.ts";
import { leastBrotli } from "../helpers/brotli.ts";
import { GRIDS, QUICKLY, realWeights, RECIPES } from "../helpers/real_weights.ts";
import { hasShared, SHARED_REASON } from "../helpers/shared.ts";
import { trained, WEIGHTS, type Weights } from "../helpers/weights.ts";

const coded = ({ values, shape }: Weights) => codedBytes(values, shape);
const brotli = (weights: Weights) => leastBrotli([weights]);

for (const [name, weights] of Object.entries(WEIGHTS)) {
  Deno.test(`made weights, ${name}: never more than brotli`, () => {
    assert.ok(coded(weights) <= brotli(weights), `${coded(weights)} against ${brotli(weights)}`);
  });
}

/** Least share that each grid saves against brotli on made weights that are like trained ones. */
const SAVED: Record<string, number> = { int8: 0.02, int4: 0.05, ternary: 0.05, codebook: 0.025 };

for (const [grid, least] of Object.entries(SAVED)) {
  Deno.test(`made weights on the grid ${grid} take ${100 * least}% less than brotli`, () => {
    const shape = [64, 3, 3, 32];
    const int8 = {
      shape,
      values: Int8Array.from(trained(shape, 30), (x) => Math.max(-127, Math.min(127, x))),
    };
    const weights = GRIDS[grid](int8);
    assert.ok(coded(weights) <= (1 - least) * brotli(weights));
  });
}

/** Least share on the real layers of a model, those of the last two mostly of 1×1 windows and small. */
const REAL: [string, Record<string, number>][] = [
  ["resnet8-cifar10", { int8: 0.03, int4: 0.06, ternary: 0.08, codebook: 0.06 }],
  ["mobilenetv1-vww", { int8: 0.01, int4: 0.045, ternary: 0.055, codebook: 0.065 }],
  ["dscnn-kws", { int8: 0.02, int4: 0.05, ternary: 0.08, codebook: 0.045 }],
];

for (const [model, grids] of REAL) {
  Deno.test({
    name: `${model}: no layer above brotli, all below by a share (${SHARED_REASON})`,
    ignore: !hasShared,
    fn: async () => {
      for (const [grid, least] of Object.entries(grids)) {
        const layers = await realWeights(model, { ...RECIPES[grid], ...QUICKLY });
        for (const layer of layers) {
          assert.ok(coded(layer) <= brotli(layer), `${grid} ${layer.shape}`);
        }
        const sum = layers.reduce((sum, layer) => sum + coded(layer), 0);
        const share = 1 - sum / leastBrotli(layers);
        assert.ok(share >= least, `${grid}: ${share}`);
      }
    },
  });
}
