/** Models of learned tables, and how they stand in few bits. */
import assert from "node:assert/strict";
import { fitModel } from "../../converters/coding/adaptive.ts";
import { modelBits, modelSymbols } from "../../converters/coding/model_symbols.ts";
import { chain, streamOf } from "../../converters/coding/stream.ts";
import { type AdaptiveModel, runOf, USUAL } from "../../runtime/format/unpack/adaptive.ts";
import { concisely, isHeld } from "../../runtime/format/unpack/concise.ts";
import { ByteSource, layoutOf } from "../../runtime/format/unpack/unpack.ts";
import { WEIGHTS } from "../helpers/weights.ts";

Deno.test("high windows are foretold by the third line above", () => {
  const { values, shape } = WEIGHTS["int4, high windows"];
  assert.equal(fitModel(values, layoutOf(shape)).far, 3);
});

Deno.test("models in few bits come back", () => {
  const alphabets = [
    ...[[0], [-1, 0, 1], [-8, 7], [-128, 127], [5], [-128, -127], [-100, -3, 0, 1, 90]],
    Array.from({ length: 16 }, (_, k) => k - 8),
    Array.from({ length: 16 }, (_, k) => 17 * k - 128),
    Array.from({ length: 256 }, (_, k) => k - 128),
    Array.from({ length: 17 }, (_, k) => k + 111),
  ];
  const weights = [...USUAL, new Array(9).fill(15), new Array(9).fill(-16)];
  for (const shape of [[3, 4, 5, 2], [6, 20]]) {
    const layout = layoutOf(shape);
    for (const [i, alphabet] of alphabets.entries()) {
      for (const [k, all] of weights.entries()) {
        const usual = k < USUAL.length;
        const model = {
          alphabet,
          run: runOf(alphabet),
          unit: (7 * i + 11 * k) % 56,
          weights: usual ? all : all.map((weight, place) => isHeld(place, layout) ? weight : 0),
          far: usual || shape.length < 4 ? 0 : k,
          prior: (i + k) % 4,
        };
        const { starts, sizes } = modelSymbols(model, layout);
        assert.equal(
          modelBits(model, layout),
          sizes.reduce((sum, size) => sum + Math.log2(2 ** 14 / size), 0),
        );
        const symbols = { starts: Uint16Array.from(starts), sizes: Uint16Array.from(sizes) };
        const source = new ByteSource(
          chain([streamOf("concise", new Uint8Array(0), symbols)]),
          "model",
        );
        let got: AdaptiveModel | null = null;
        concisely((_, model) => (got = model, new Int8Array(0)))(
          source,
          layout,
          () => new Int8Array(0),
        );
        assert.deepEqual(got, model);
        source.end();
      }
    }
  }
});
