/** Whole models as ONNX: ONNX Runtime gives what kedge's own runtime gives on the same graph. */
import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { fileURLToPath } from "node:url";
import { convert, convertToOnnx } from "../../mod.ts";
import { createOracle } from "../../converters/data/mod.ts";
import { openSamples } from "../../converters/stages/samples.ts";
import { readSource } from "../../converters/stages/read_source.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { kedge } from "../helpers/command.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";
import { FLOAT32_RELATIVE, ONNX_RUNTIME_QUANTIZED_MODEL } from "../helpers/tolerances.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));

/** Models with how many samples are compared, and how many Transposes the boundary needs. */
const MODELS = [
  { name: "shapes", samples: 200, transposes: 0 },
  { name: "resnet8-cifar10", samples: 150, transposes: 1 },
  { name: "mobilenetv1-vww", samples: 100, transposes: 1 },
  // One channel: channels first and last are the same bytes.
  { name: "dscnn-kws", samples: 150, transposes: 0 },
  { name: "squeezenet1.1", samples: 24, transposes: 0 },
];

const best = (scores: ArrayLike<number>) =>
  Array.from(scores).indexOf(Math.max(...Array.from(scores)));

/** Differences of the ONNX model's outputs from kedge's runtime, over held-out samples. */
async function compare(name: string, weights: "int8" | "float32", count: number) {
  const path = (file: string) => name === "shapes" ? EXAMPLE + file : sharedModel(name, file);
  const partial = { weights, dims: { batch: 1 }, calibrationSamples: 16 };
  const options = { model: path("model.onnx"), data: path("data.json"), recipe: partial };
  const recipe = completeRecipe(partial);
  const [onnx, packed] = [await convertToOnnx(options), await convert(options)];
  const { core } = await readSource(options.model, recipe);
  const { evaluation } = await openSamples(core, options, recipe);
  const shapes = Object.fromEntries(
    core.inputs.map((input) => [input, core.tensors.get(input)!.shape!]),
  );
  const oracle = await createOracle(onnx.bytes, { shapes });
  const loaded = await load(packed.bytes);
  const { dataset, indices } = evaluation!;
  let [agreed, largest, sum, compared, range] = [0, 0, 0, 0, 0];
  for (const index of indices.slice(0, count)) {
    const inputs = await dataset.inputs(index);
    const [got] = await oracle.run(inputs);
    const named = Object.fromEntries(core.inputs.map((input, i) => [input, inputs[i]]));
    const wanted = run(loaded, named)[core.outputs[0]];
    if (best(got) === best(wanted)) agreed++;
    wanted.forEach((value, i) => {
      const difference = Math.abs(value - got[i]);
      [sum, largest] = [sum + difference, Math.max(largest, difference)];
      range = Math.max(range, Math.abs(value));
    });
    compared += wanted.length;
  }
  await oracle.close();
  const samples = Math.min(count, indices.length);
  return {
    onnx: fromBinary(ModelProtoSchema, onnx.bytes).graph!,
    agreement: agreed / samples,
    mean: sum / compared / range,
    largest: largest / range,
  };
}

for (const { name, samples, transposes } of MODELS) {
  const ignore = name !== "shapes" && !hasShared;
  const why = ignore ? ` (${SHARED_REASON})` : "";

  Deno.test({
    name: `${name} as int8 ONNX answers like its bundle${why}`,
    ignore,
    async fn() {
      const { onnx, agreement, mean } = await compare(name, "int8", samples);
      assert.ok(agreement >= 0.99, `agreement ${agreement}`);
      assert.ok(mean <= ONNX_RUNTIME_QUANTIZED_MODEL, `mean difference ${mean}`);
      const count = (op: string) => onnx.node.filter(({ opType }) => opType === op).length;
      assert.equal(count("Transpose"), transposes);
      assert.equal(count("Clip") + count("Relu"), 0, "QuantizeLinear saturates instead");
    },
  });

  Deno.test({
    name: `${name} as float32 ONNX computes the same${why}`,
    ignore,
    async fn() {
      const { onnx, agreement, largest } = await compare(name, "float32", Math.min(samples, 20));
      assert.equal(agreement, 1);
      assert.ok(largest <= FLOAT32_RELATIVE, `error ${largest}`);
      assert.ok(onnx.node.every(({ opType }) => !/(?:Quantize|Dequantize)Linear/.test(opType)));
    },
  });
}

Deno.test("convert --to onnx-qdq writes the same file twice", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const options = [`--data`, `${EXAMPLE}data.json`, "--to", "onnx-qdq"];
    for (const name of ["a", "b"]) {
      const out = `${folder}/${name}.onnx`;
      const { code, stderr, stdout } = await kedge(
        ["convert", `${EXAMPLE}model.onnx`, ...options, "-o", out],
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Wrote .*\.onnx: \d+ bytes/);
    }
    const [a, b] = await Promise.all(
      ["a", "b"].map((name) => Deno.readFile(`${folder}/${name}.onnx`)),
    );
    assert.deepEqual(a, b);
    assert.ok(a.length < (await Deno.stat(`${EXAMPLE}model.onnx`)).size / 2);
    const json = await kedge(
      ["convert", `${EXAMPLE}model.onnx`, ...options, "--dry-run", "--json"],
    );
    const { out, bytes, recipe } = JSON.parse(json.stdout);
    assert.deepEqual([out, bytes, recipe.weights], [null, a.length, "int8"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
