/** Whole files of int8 models, coded, without golden samples, names and provenance. */
import assert from "node:assert/strict";
import { convert } from "../../mod.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";

/** Bytes of a file at most. */
const MOST: Record<string, number> = {
  "resnet8-cifar10": 74_000,
  "dscnn-kws": 24_000,
  "mobilenetv1-vww": 35_000,
};

for (const [name, most] of Object.entries(MOST)) {
  Deno.test({
    name: `${name} takes at most ${most} bytes${hasShared ? "" : ` (${SHARED_REASON})`}`,
    ignore: !hasShared,
    async fn() {
      const { bytes } = await convert({
        model: sharedModel(name),
        data: sharedModel(name, "data.json"),
        recipe: { coder: "auto", strip: ["golden", "names", "provenance"] },
      });
      assert.ok(bytes.length <= most, `${bytes.length} bytes`);
    },
  });
}
