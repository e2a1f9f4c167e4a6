/** Recipes: what is filled in, what is refused, what each layer gets, one text for one recipe. */
import assert from "node:assert/strict";
import {
  assertLayers,
  canonicalRecipe,
  completeRecipe,
  DEFAULT_RECIPE,
  type LayerSettings,
  matches,
  type Recipe,
  recipeFor,
} from "../../converters/recipe/mod.ts";
import type { KedgeError } from "../../runtime/format/error.ts";

Deno.test("nothing given is the default", () => {
  assert.deepEqual(completeRecipe({}), DEFAULT_RECIPE);
  assert.deepEqual(recipeFor(completeRecipe({}), "conv"), {
    weights: "int8",
    weightBits: 8,
    group: 0,
    bases: 1,
    codebookPer: "tensor",
    round: "auto",
    activations: "int8",
    calibrate: "auto",
    percentile: 99.99,
    biasCorrection: true,
    prune: "none",
    pruneChannels: 0,
    rateDistortion: 0,
  });
});

const REFUSED: [given: Record<string, unknown>, field: string, hint?: RegExp][] = [
  [{ weight: "int8" }, "weight", /"weights"/],
  [{ toString: "int8" }, "toString"],
  [{ weights: "int9" }, "weights"],
  [{ weights: "float16", activations: "int8" }, "activations"],
  [{ weights: "codebook" }, "weights"],
  [{ weights: "codebook:1" }, "weights"],
  [{ weights: "codebook:4.5" }, "weights"],
  [{ weights: "codebook:16 " }, "weights"],
  [{ weights: 4 }, "weights"],
  [{ group: 8 }, "group"],
  [{ group: 129 }, "group"],
  [{ bases: 4 }, "bases"],
  [{ round: "down" }, "round"],
  [{ weightBits: 9 }, "weightBits"],
  [{ weightBits: 1.9 }, "weightBits"],
  [{ weightBits: "4" }, "weightBits"],
  [{ prune: "random:0.5" }, "prune"],
  [{ prune: 0.5 }, "prune"],
  [{ pruneChannels: 1 }, "pruneChannels"],
  [{ importance: "l2" }, "importance"],
  [{ percentile: 50 }, "percentile"],
  [{ percentile: "99" }, "percentile"],
  [{ calibrationSamples: -1 }, "calibrationSamples"],
  [{ seed: 0.5 }, "seed"],
  [{ keepFloat: [1] }, "keepFloat"],
  [{ keepFloat: "conv" }, "keepFloat"],
  [{ dims: { batch: 0 } }, "dims"],
  [{ dims: null }, "dims"],
  [{ layers: {} }, "layers"],
  [{ layers: [null] }, "layers"],
  [{ layers: [{ weights: "int8" }] }, "layers"],
  [{ layers: [{ match: "" }] }, "layers"],
  [{ layers: [{ match: [] }] }, "layers"],
  [{ layers: [{ match: ["a", 1] }] }, "layers"],
  [{ layers: [{ match: "*", weights: "int9" }] }, "layers[0].weights"],
  [{ layers: [{ match: "*" }, { match: "*", seed: 1 }] }, "layers[1].seed"],
  [{ layers: [{ match: "*", weigths: "int8" }] }, "layers[0].weigths", /"weights"/],
  [
    { layers: [{ match: "*", weights: "float16", activations: "int8" }] },
    "layers[0].activations",
  ],
];

for (const [given, field, hint] of REFUSED) {
  Deno.test(`${JSON.stringify(given)} is refused for ${field}`, () => {
    assert.throws(() => completeRecipe(given as Partial<Recipe>), (error: KedgeError) => {
      assert.equal(error.data.code, "usage/recipe");
      assert.equal(error.data.where?.tensor, field);
      if (hint) assert.match(error.data.hint ?? "", hint);
      return true;
    });
  });
}

const PATTERNS: [pattern: string, name: string, fits: boolean][] = [
  ["conv1", "conv1", true],
  ["conv1", "conv10", false],
  ["conv?", "conv1", true],
  ["conv?", "conv", false],
  ["conv?", "conv10", false],
  ["conv*", "conv", true],
  ["*/Conv", "/layer1/block/Conv", true],
  ["*/Conv", "/layer1/Conv_2", false],
  ["*", "line one\nline two", true],
  ["a.c", "abc", false],
  ["a[1]+(x)", "a[1]+(x)", true],
  ["^a$|{2}\\", "^a$|{2}\\", true],
  ["?", "é", true],
  ["?", "😀", true],
];

for (const [pattern, name, fits] of PATTERNS) {
  Deno.test(`${JSON.stringify(pattern)} ${fits ? "fits" : "does not fit"} ${JSON.stringify(name)}`, () => {
    assert.equal(matches(pattern, name), fits);
  });
}

const SETTINGS: [given: Partial<Recipe>, wanted: Partial<LayerSettings>][] = [
  [{ layers: [{ match: "conv", weightBits: 4 }] }, { weightBits: 4 }],
  [{ layers: [{ match: "other", weightBits: 4 }] }, { weightBits: 8 }],
  [{ layers: [{ match: ["other", "c*v"], weightBits: 4 }] }, { weightBits: 4 }],
  [
    { layers: [{ match: "*", weightBits: 4 }, { match: "conv", weightBits: 6 }] },
    { weightBits: 6 },
  ],
  [
    { layers: [{ match: "conv", weightBits: 6 }, { match: "*", weightBits: 4 }] },
    { weightBits: 4 },
  ],
  [
    { layers: [{ match: "*", weightBits: 4 }, { match: "conv", biasCorrection: false }] },
    { weightBits: 4, biasCorrection: false },
  ],
  [
    { layers: [{ match: "conv", weights: "float16" }] },
    { weights: "float16", activations: "float32" },
  ],
  [
    { layers: [{ match: "*", weights: "float16" }, { match: "conv", weights: "int8" }] },
    { weights: "int8", activations: "int8" },
  ],
  [
    { weights: "float32", layers: [{ match: "conv", weights: "int8" }] },
    { weights: "int8", activations: "float32" },
  ],
  [
    { weights: "float32", layers: [{ match: "conv", weights: "int8", activations: "int8" }] },
    { weights: "int8", activations: "int8" },
  ],
  [
    { keepFloat: ["conv"], layers: [{ match: "conv", weights: "int8", activations: "int8" }] },
    { weights: "float32", activations: "float32" },
  ],
];

for (const [given, wanted] of SETTINGS) {
  Deno.test(`of ${JSON.stringify(given)} a layer gets ${JSON.stringify(wanted)}`, () => {
    const settings = recipeFor(completeRecipe(given), "conv");
    assert.deepEqual({ ...settings, ...wanted }, settings);
  });
}

const UNKNOWN: [given: Partial<Recipe>, code: string, hint: RegExp][] = [
  [{ layers: [{ match: "conv11" }] }, "usage/layers", /did you mean "conv1"/],
  [{ layers: [{ match: "conv*" }, { match: "nothing/like/it*" }] }, "usage/layers", /any run/],
  [{ layers: [{ match: ["conv1", "cov2"] }] }, "usage/layers", /did you mean "conv2"/],
  [{ keepFloat: ["conv1", "cov2"] }, "usage/keep-float", /did you mean "conv2"/],
];

for (const [given, code, hint] of UNKNOWN) {
  Deno.test(`${JSON.stringify(given)} on other names is ${code}`, () => {
    const check = () => assertLayers(completeRecipe(given), ["conv1", "conv2"]);
    assert.throws(check, (error: KedgeError) => {
      assert.equal(error.data.code, code);
      assert.match(error.data.hint ?? "", hint);
      return true;
    });
  });
}

Deno.test("one text for one recipe, in whatever order its fields come", () => {
  const one = completeRecipe({
    seed: 1,
    layers: [{ match: "a", weightBits: 4, weights: "int8" }, { match: "b" }],
    dims: { x: 1, a: 2 },
  });
  const other = completeRecipe({
    dims: { a: 2, x: 1 },
    layers: [{ weights: "int8", weightBits: 4, match: "a" }, { match: "b" }],
    seed: 1,
  });
  assert.equal(canonicalRecipe(one), canonicalRecipe(other));
  assert.deepEqual(completeRecipe(JSON.parse(canonicalRecipe(one))), one);
});

Deno.test("the order of rules counts", () => {
  const layers = [{ match: "a" }, { match: "b" }];
  const texts = [layers, layers.toReversed()].map((layers) =>
    canonicalRecipe(completeRecipe({ layers }))
  );
  assert.notEqual(texts[0], texts[1]);
});
