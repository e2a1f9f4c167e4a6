/**
 * Bundles that are larger than their budget: layers are searched for less precision. It takes long,
 * as every candidate is bundled.
 */
import assert from "node:assert/strict";
import { bundle, type Recipe, type Report } from "../../mod.ts";
import { missingFor } from "../helpers/mcu.ts";
import { npy } from "../helpers/numpy_files.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";
import { noise } from "../helpers/small_models.ts";

const [WIDTH, HIDDEN, CLASSES, SAMPLES] = [224, 224, 8, 40];

/** Two dense layers whose weights outweigh the code that packing them better takes. */
async function writeFiles(folder: string): Promise<{ model: string; data: string }> {
  const model = onnxModel({
    inputs: [onnxInput("x", [1, WIDTH])],
    outputs: ["y"],
    initializers: [
      onnxTensor("w1", [HIDDEN, WIDTH], [...noise(HIDDEN * WIDTH, 1)]),
      onnxTensor("w2", [CLASSES, HIDDEN], [...noise(CLASSES * HIDDEN, 2)]),
    ],
    nodes: [
      onnxNode("Gemm", ["x", "w1"], ["g"], { transB: 1 }),
      onnxNode("Relu", ["g"], ["h"]),
      onnxNode("Gemm", ["h", "w2"], ["y"], { transB: 1 }),
    ],
  });
  await Deno.writeFile(`${folder}/model.onnx`, model);
  const rows = noise(SAMPLES * WIDTH, 3);
  await Deno.writeFile(`${folder}/data.npy`, npy(rows, { shape: `(${SAMPLES}, ${WIDTH})` }));
  return { model: `${folder}/model.onnx`, data: `${folder}/data.npy` };
}

Deno.test("bundle: over its budget it is searched, and its recipe gives the same bytes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = await writeFiles(folder);
    const make = (
      out: string,
      more: { budget?: number; search?: boolean; recipe?: Partial<Recipe> },
    ): Promise<Report> =>
      bundle({ ...files, target: "deno", out: `${folder}/${out}`, recipe: { seed: 1 }, ...more });
    const plain = await make("plain", {});
    assert.equal(plain.search, undefined);
    const budget = plain.bytes.total - 2000;
    const refused = await make("refused", { budget, search: false });
    assert.equal(refused.search, undefined);
    assert.deepEqual(refused.misses.map(({ code }) => code), ["budget/bytes"]);
    const searched = await make("searched", { budget });
    assert.deepEqual(searched.misses, []);
    assert(searched.bytes.total <= budget);
    assert.equal(searched.bytes.total, searched.search!.chosen.bytes);
    assert.deepEqual(searched.split, {
      ...{ seed: 1, calibration: 20, selection: 0, evaluation: 20, source: "split" },
    });
    const recipe = JSON.parse(JSON.stringify(searched.recipe)) as Recipe;
    const again = await make("again", { budget, recipe });
    assert.equal(again.search, undefined);
    const read = (name: string) => Deno.readFile(`${folder}/${name}/model.js`);
    assert.deepEqual(await read("again"), await read("searched"));
    const hopeless = await make("hopeless", { budget: 10_000 });
    assert.equal(hopeless.search, undefined);
    assert.deepEqual(hopeless.misses.map(({ code }) => code), ["budget/bytes"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const NO_BOARD = missingFor("cortex-m4");

Deno.test({
  name: "bundle for a microcontroller: over its budget of flash it is searched" +
    (NO_BOARD ? `, ${NO_BOARD}` : ""),
  ignore: NO_BOARD !== null,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const files = await writeFiles(folder);
      const make = (out: string, budget?: number): Promise<Report> =>
        bundle({ ...files, target: "mcu", out: `${folder}/${out}`, recipe: { seed: 1 }, budget });
      const plain = await make("plain");
      assert.equal(plain.search, undefined);
      const budget = plain.bytes.total - 8000;
      const searched = await make("searched", budget);
      assert.deepEqual(searched.misses, []);
      assert(searched.bytes.total <= budget);
      assert.equal(searched.bytes.total, searched.search!.chosen.bytes);
      const hopeless = await make("hopeless", 1000);
      assert.equal(hopeless.search, undefined);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
