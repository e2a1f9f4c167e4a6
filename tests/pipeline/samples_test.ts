/** What calibrates is never what is evaluated; what did not calibrate is evaluated whole. */
import assert from "node:assert/strict";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { openSamples } from "../../converters/stages/samples.ts";
import type { Report } from "../../mod.ts";
import { toCore } from "../helpers/convert.ts";
import { floats } from "../helpers/numpy_files.ts";
import { onnxInput, onnxModel, onnxNode } from "../helpers/onnx_builder.ts";

const graph = await toCore(onnxModel({
  nodes: [onnxNode("Relu", ["x"], ["y"])],
  inputs: [onnxInput("x", [1, 2])],
  outputs: ["y"],
}));

/** Opens `count` samples, perhaps separate ones to calibrate, after an earlier split. */
async function open(count: number, separate?: "same" | number, earlier?: Report["split"]) {
  const folder = await Deno.makeTempDir();
  try {
    const write = async (name: string, samples: number) => {
      await Deno.writeFile(
        `${folder}/${name}`,
        floats(Array(samples * 2).fill(1), `(${samples}, 2)`),
      );
      return `${folder}/${name}`;
    };
    const data = await write("data.npy", count);
    const calibration = separate === undefined
      ? undefined
      : separate === "same"
      ? data
      : await write("calibration.npy", separate);
    return await openSamples(graph, { data, calibration }, completeRecipe({}), earlier);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("samples: one set of data is split, and so is the same set given twice", async () => {
  const once = await open(20);
  const [calibrated, evaluated] = [once.calibration!.indices, once.evaluation!.indices];
  assert.deepEqual([...calibrated, ...evaluated].sort((a, b) => a - b), [...Array(20).keys()]);
  assert.equal(calibrated.length, 5);
  assert.deepEqual((await open(20, "same")).evaluation!.indices, evaluated);
});

Deno.test("samples: with separate calibration data all others are evaluated", async () => {
  const { split } = await open(20, 8);
  assert.deepEqual({ ...split, calibration: 0 }, {
    selection: 0,
    seed: 0,
    calibration: 0,
    evaluation: 20,
    source: "separate",
  });
});

const EARLIER: [string, Report["split"], number][] = [
  ["made with the same data", {
    seed: 0,
    calibration: 5,
    selection: 0,
    evaluation: 15,
    source: "split",
  }, 15],
  ["made with other data", {
    seed: 0,
    calibration: 4,
    selection: 0,
    evaluation: 12,
    source: "split",
  }, 20],
  ["calibrated apart", {
    seed: 0,
    calibration: 5,
    selection: 0,
    evaluation: 15,
    source: "separate",
  }, 20],
  ["made without data", null, 20],
];

for (const [what, split, evaluated] of EARLIER) {
  Deno.test(`samples: a bundle ${what} is checked on ${evaluated} of 20`, async () => {
    assert.equal((await open(20, undefined, split)).evaluation!.indices.length, evaluated);
  });
}
