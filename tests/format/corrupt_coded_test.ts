/** Files with coded weights: each byte flipped with a fresh checksum is refused, or runs alike. */
import assert from "node:assert/strict";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { checksumOf } from "../../runtime/format/checksum.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { checksumPosition } from "../../runtime/format/reader.ts";
import { expand } from "../../runtime/format/structure/expand_file.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { graphOf, int8, NO_META, node, noise } from "../helpers/small_models.ts";
import { trained } from "../helpers/weights.ts";

const SHAPE = [8, 3, 3, 8];
const bounds = { min: -128, max: 127 };

/** A convolution with weights that lean on each other, on a grid of `most` steps to each side. */
function graphWith(most: number) {
  const data = Int8Array.from(
    trained(SHAPE, most / 3),
    (value) => Math.max(-most, Math.min(most, Math.round(value))),
  );
  return graphOf(
    [
      node("Conv2D", ["x", "w"], "c", { factor: Math.fround(0.01), ...bounds }),
      node("Dequantize", ["c"], "y"),
    ],
    [
      int8("x", [1, 4, 4, 8], 0.1, 0),
      { ...int8("w", SHAPE, 0.5, 0), data },
      int8("c", [1, 2, 2, 8], 0.1, 0),
      { name: "y", dtype: "float32", shape: [1, 2, 2, 8] },
    ],
    ["y"],
  );
}

for (const [most, coder] of [[100, "auto"], [1, "auto"], [7, "fixed"], [1, "fixed"]] as const) {
  Deno.test(`${coder}, weights of ±${most}: damage is refused or runs alike everywhere`, async () => {
    const graph = graphWith(most);
    const packed = await pack(graph, planMemory(graph), { ...NO_META, coder });
    const file = new Uint8Array(expand(packed));
    const inputs = { x: Int8Array.from(noise(128), (value) => value * 127) };
    const seen = new Set<string>();
    for (let at = 0; at < file.length; at += 3) {
      const damaged = file.slice();
      damaged[at] ^= 0x15;
      const results = await Promise.all([REFERENCE, ...BACKENDS].map(async (backend) => {
        try {
          damaged.set(await checksumOf(damaged), checksumPosition(damaged));
          return await backend.run(damaged, inputs);
        } catch (error) {
          // Inputs may have other names and sizes then.
          if (error instanceof KedgeError && /^(?:model|data)\//.test(error.data.code)) return null;
          throw error;
        }
      }));
      const [wanted, ...others] = results;
      seen.add(wanted ? "ran" : "refused");
      for (const got of others) if (wanted && got) assert.deepEqual(got, wanted, `byte ${at}`);
    }
    assert.deepEqual(seen, new Set(["refused", "ran"]));
  });
}
