/** What model.h says of pixels. */
import assert from "node:assert/strict";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { makeProgram, writeHeader } from "../../converters/targets/mcu/mod.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { float32 } from "../helpers/float_graphs.ts";
import { graphOf, int8, NO_META, node } from "../helpers/small_models.ts";

const PLAIN: Preprocess = {
  ...{ color: "rgb", resize: null, scale: 1, mean: [0], std: [1], layout: "NHWC" },
};
const SHAPE = [1, 4, 4, 3];
const MACRO = "#define KEDGE_INPUT0_PIXEL(value) ((int8_t)((value) - 128))";

/** Header of a model that quantizes its input with a scale and a zero point. */
async function headerOf(preprocess: Preprocess | null, scale: number, zeroPoint: number) {
  const limits = { min: -128, max: 127 };
  const graph = graphOf(
    [
      { ...node("Quantize", ["x"], "q"), params: { factor: Math.fround(1 / scale), ...limits } },
      { ...node("Add", ["q", "q"], "y"), params: { factorA: 0.5, factorB: 0.5, ...limits } },
    ],
    [float32("x", SHAPE), int8("q", SHAPE, scale, zeroPoint), int8("y", SHAPE, scale, zeroPoint)],
    ["y"],
  );
  const packed = await pack(graph, planMemory(graph), { ...NO_META, preprocess });
  return writeHeader(makeProgram(readModel(packed)), { sha256: "" });
}

const CASES: [string, Preprocess | null, number, number, boolean][] = [
  ["raw values", PLAIN, 1, -128, true],
  ["shares of 255", { ...PLAIN, scale: Math.fround(1 / 255) }, 1 / 255, -128, true],
  ["−1 to 1", { ...PLAIN, scale: 1 / 128, mean: [1] }, 1 / 128, 0, true],
  ["steps wider than a value", PLAIN, 1.01, -128, false],
  ["a mean for each channel", { ...PLAIN, mean: [104, 117, 123] }, 1.07, -14, false],
  ["no preprocessing", null, 1, -128, false],
];

for (const [title, preprocess, scale, zeroPoint, wanted] of CASES) {
  Deno.test(`model.h, ${title}: pixels are ${wanted ? "" : "not "}inputs less 128`, async () => {
    assert.equal((await headerOf(preprocess, scale, zeroPoint)).includes(MACRO), wanted);
  });
}
