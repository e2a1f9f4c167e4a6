/** Accuracy and size of the bundles of real models (issue "The main job"). */
import assert from "node:assert/strict";
import { bundle } from "../../mod.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";
import { FLOAT32_RELATIVE } from "../helpers/tolerances.ts";

/** Small enough for every run; `deno task test:models` adds the large ones. */
const SMALL = ["resnet8-cifar10", "resnet20-cifar10", "cnn-mnist", "mobilenetv1-vww", "dscnn-kws"];
/** On 500 pictures of 224×224. */
const LARGE = ["squeezenet1.1", "mobilenetv2-imagenet"];
/** Bytes of the code of any of them, brotli. */
const MOST_CODE = 25_000;
const large = Deno.env.has("KEDGE_LARGE_MODELS");

async function bundleShared(name: string, weights: "int8" | "float32") {
  const out = await Deno.makeTempDir();
  try {
    return await bundle({
      model: sharedModel(name),
      data: sharedModel(name, "data.json"),
      target: "deno",
      out: `${out}/bundle`,
      recipe: { weights, dims: { batch: 1 } },
    });
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

for (const name of [...SMALL, ...LARGE]) {
  const ignore = !hasShared || (LARGE.includes(name) && !large);
  const why = !hasShared ? ` (${SHARED_REASON})` : ignore ? " (deno task test:models)" : "";
  const [drop, agreement] = LARGE.includes(name) ? [0.015, 0.9] : [0.01, 0.97];

  Deno.test({
    name: `${name} as int8 keeps its accuracy${why}`,
    ignore,
    async fn() {
      const { accuracy, bytes, bitExact, model } = await bundleShared(name, "int8");
      assert.ok(accuracy, "measured");
      assert.ok(accuracy.drop <= drop, `drop ${accuracy.drop}`);
      assert.ok(accuracy.agreement >= agreement, `agreement ${accuracy.agreement}`);
      assert.equal(bitExact, true);
      assert.ok(bytes.weights <= 0.27 * 4 * model.parameters, `weights ${bytes.weights}`);
      const most = name === "resnet8-cifar10" ? 15_000 : MOST_CODE;
      assert.ok(bytes.codeBrotli <= most, `code ${bytes.codeBrotli}`);
    },
  });

  Deno.test({
    name: `${name} as float32 computes what ONNX Runtime computes${why}`,
    ignore,
    async fn() {
      const { accuracy, outputs, bytes } = await bundleShared(name, "float32");
      assert.ok(bytes.codeBrotli <= MOST_CODE, `code ${bytes.codeBrotli}`);
      assert.ok(accuracy && outputs, "measured");
      assert.ok(outputs.maxRelativeError <= FLOAT32_RELATIVE, `error ${outputs.maxRelativeError}`);
      assert.equal(accuracy.agreement, 1);
    },
  });
}
