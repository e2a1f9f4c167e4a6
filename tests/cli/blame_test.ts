/** `kedge blame`: worst layers first, and suggestions that hold when they are used. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { BlameReport, Report } from "../../mod.ts";
import { kedge } from "../helpers/command.ts";
import { npy } from "../helpers/numpy_files.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "../helpers/onnx_builder.ts";
import { withFolder } from "../helpers/pictures.ts";
import { Random } from "../helpers/random.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));
const MODEL = [`${EXAMPLE}model.onnx`, "--data", `${EXAMPLE}data.json`];

Deno.test("blame: every layer with weights, worst first; its rules keep to the drop in a bundle", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const page = `${folder}/blame.html`;
    // Rounded the quick way: what blame says of a layer does not depend on how.
    const bits = ["--weight-bits", "3", "--round", "nearest"];
    const args = [...bits, "--max-drop", "2%", "--json", "-o", page];
    const { code, stdout, stderr } = await kedge(["blame", ...MODEL, ...args]);
    assert.equal(code, 0, stderr);
    const report: BlameReport = JSON.parse(stdout);
    const names = report.layers.map(({ name }) => name).sort();
    assert.deepEqual(names, ["conv0", "conv4", "conv7_0", "conv9", "dense13"]);
    const lost = report.layers.map(({ alone }) => alone.outputSqnrDb!);
    assert.deepEqual(lost, lost.toSorted((a, b) => a - b));
    for (const { alone, together, weights } of report.layers) {
      assert.equal(weights, "int8, 3 bits");
      // The other layers' noise comes on top.
      assert(together.sqnrDb! < alone.sqnrDb! + 0.5);
      assert(together.cosine! > 0 && together.cosine! <= 1);
    }
    assert(report.outputSqnrDb! < Math.min(...lost) + 0.5);
    const { rules, met, accuracy } = report.suggestion!;
    assert.equal(met, true);
    assert(report.accuracy!.drop > 0.02 && accuracy.drop <= 0.02);
    assert(rules.length > 0);
    const html = await Deno.readTextFile(page);
    assert.match(html, /<svg /);
    assert.doesNotMatch(html, /(?:src|href)=|https?:\/\//);
    const recipe = { ...report.recipe, layers: rules };
    await Deno.writeTextFile(`${folder}/recipe.json`, JSON.stringify(recipe));
    const line = ["bundle", ...MODEL, "--recipe", `${folder}/recipe.json`, "--dry-run", "--json"];
    const bundled: Report = JSON.parse((await kedge(line)).stdout);
    assert.deepEqual(bundled.accuracy?.drop, accuracy.drop);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("blame: the table names what is wrong", async () => {
  const { code, stdout, stderr } = await kedge(["blame", ...MODEL, "--max-drop", "1%"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^layer +operator +weights/m);
  assert.match(stdout, /Nothing has to be kept/);
});

/** Two 1×1 convolutions from 4 channels of 4×4; those between them are up to 64 times as large as others. */
function unevenModel(): Uint8Array<ArrayBuffer> {
  const random = new Random(5);
  const weights = (name: string, scaleOf: (i: number) => number) => {
    const values = Array.from({ length: 16 }, (_, i) => (random.next() + 0.1) * scaleOf(i));
    return onnxTensor(name, [4, 4, 1, 1], values);
  };
  return onnxModel({
    name: "uneven",
    inputs: [onnxInput("x", [1, 4, 4, 4])],
    outputs: ["y"],
    initializers: [
      weights("w1", (i) => 4 ** -Math.floor(i / 4)),
      weights("w2", (i) => 4 ** (i % 4)),
    ],
    nodes: [
      onnxNode("Conv", ["x", "w1"], ["a"]),
      onnxNode("Relu", ["a"], ["b"]),
      onnxNode("Conv", ["b", "w2"], ["y"]),
    ],
  });
}

function unevenData(): Uint8Array<ArrayBuffer> {
  const random = new Random(6);
  const values = Float32Array.from({ length: 32 * 64 }, () => random.next());
  return npy(values, { shape: "(32, 4, 4, 4)" });
}

for (const equalize of ["activations", "on"]) {
  Deno.test(`blame --equalize ${equalize}: layers are compared in the scales that they have`, () =>
    withFolder({ "model.onnx": unevenModel(), "x.npy": unevenData() }, async (folder) => {
      const [model, data] = [`${folder}/model.onnx`, `${folder}/x.npy`];
      const args = ["blame", model, "--data", data, "--equalize", equalize, "--json"];
      const { layers }: BlameReport = JSON.parse((await kedge(args)).stdout);
      assert.equal(layers.length, 2);
      for (const { name, together } of layers) assert(together.sqnrDb! > 30, name);
    }));
}

const REFUSED: [args: string[], status: number, code: string][] = [
  [[`${EXAMPLE}model.onnx`], 1, "data/missing"],
  [[...MODEL, "--weights", "float32"], 2, "usage/recipe"],
];

for (const [args, status, wanted] of REFUSED) {
  Deno.test(`blame ${args.slice(1).join(" ").replaceAll(EXAMPLE, "")} is ${wanted}`, async () => {
    const { code, stdout } = await kedge(["blame", ...args, "--json"]);
    assert.equal(code, status);
    assert.equal(JSON.parse(stdout).error.code, wanted);
  });
}
