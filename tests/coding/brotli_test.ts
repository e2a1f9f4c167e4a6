/** Coded weights beside brotli -q 11 on the same buffers, plain and packed. */
import assert from "node:assert/strict";
import { brotliCompressSync, constants } from "node:zlib";
import { codedBytes, encodeInt8 } from "../../converters/coding/mod.ts";
import { GRIDS, realWeights } from "../helpers/real_weights.ts";
import { hasShared, SHARED_REASON } from "../helpers/shared.ts";
import { trained, WEIGHTS, type Weights } from "../helpers/weights.ts";

/** The shorter of brotli on int8 values and on what fixed widths make of them. */
function brotli({ values, shape }: Weights): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const buffers = [new Uint8Array(values.buffer), encodeInt8(values, shape, "fixed").bytes];
  return Math.min(...buffers.map((bytes) => brotliCompressSync(bytes, { params }).length));
}

const coded = ({ values, shape }: Weights) => codedBytes(values, shape);
const sum = (layers: readonly Weights[], bytes: (layer: Weights) => number) =>
  layers.reduce((total, layer) => total + bytes(layer), 0);

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

/** Least share on the real layers of a model; those of 1×1 windows have no neighbours to learn from. */
const REAL: [string, Record<string, number>][] = [
  ["resnet8-cifar10", { int8: 0.03, int4: 0.05, ternary: 0.05, codebook: 0.04 }],
  ["dscnn-kws", { int8: 0.01, int4: 0.015, ternary: 0.02, codebook: 0 }],
];

for (const [model, grids] of REAL) {
  Deno.test({
    name: `${model}: never more than brotli, and less by a share (${SHARED_REASON})`,
    ignore: !hasShared,
    fn: async () => {
      const layers = await realWeights(model);
      for (const [grid, least] of Object.entries(grids)) {
        const coarser = layers.map(GRIDS[grid]);
        for (const layer of coarser) {
          assert.ok(coded(layer) <= brotli(layer), `${grid} ${layer.shape}`);
        }
        const share = 1 - sum(coarser, coded) / sum(coarser, brotli);
        assert.ok(share >= least, `${grid}: ${share}`);
      }
    },
  });
}
