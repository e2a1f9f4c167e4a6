/** Bundles with coded weights: they unpack themselves, and the report counts what is shipped. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { bundle, inspect, type Recipe } from "../../mod.ts";
import { isCompact } from "../../runtime/format/structure/expand.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));

/** The report of the example in some recipe, with its split files. */
async function bundled(recipe: Partial<Recipe>) {
  const folder = await Deno.makeTempDir();
  const out = `${folder}/b`;
  try {
    const report = await bundle({
      ...{ model: `${EXAMPLE}model.onnx`, data: `${EXAMPLE}data.json`, target: "deno", out },
      ...{ recipe, split: true },
    });
    const packed = await Deno.readFile(`${out}/model.kedge`);
    const module = await Deno.readTextFile(`${out}/model.js`);
    return { report, packed, module, inspection: await inspect(`${out}/model.kedge`) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("coded bundles have the bits of plain ones, and report what they ship", async () => {
  const plain = await bundled({ coder: "none" });
  const names: Partial<Record<string, Set<string | null>>> = {};
  for (const coder of ["fixed", "auto"] as const) {
    const { report, packed, inspection } = await bundled({ coder });
    assert.equal(report.bitExact, true);
    assert.deepEqual(
      report.layers.map(({ hash }) => hash),
      plain.report.layers.map(({ hash }) => hash),
    );
    assert.equal(report.bytes.model, packed.length);
    assert.ok(report.bytes.model <= plain.report.bytes.model);
    assert.equal(isCompact(packed), coder === "auto");
    assert.deepEqual(
      inspection.layers.map(({ bytes, weights }) => [bytes, weights]),
      report.layers.map(({ bytes, weights }) => [bytes, weights]),
    );
    names[coder] = new Set(inspection.layers.map(({ weights }) => weights));
  }
  assert.ok(names.auto?.has("rans"));
  assert.doesNotMatch(plain.module, /KEDC|decode_rans/);
});

Deno.test("what is stripped is not in the file, and the model still runs", async () => {
  const whole = await bundled({ coder: "auto" });
  const { report, packed, inspection } = await bundled({
    ...{ coder: "auto", rateDistortion: 1 },
    strip: ["golden", "names", "provenance", "labels"],
  });
  assert.ok(packed.length < 0.9 * whole.packed.length);
  assert.equal(inspection.golden, 0);
  assert.deepEqual(inspection.labels, []);
  assert.equal(inspection.provenance?.recipe, "");
  assert.equal(report.bitExact, null);
  assert.ok(report.layers.every(({ name }) => name.length > 1), "the report has the names");
  assert.ok(report.accuracy && report.accuracy.drop <= 0.02);
});
