/** Same input, same bytes. */
import assert from "node:assert/strict";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { checksumOf, verifyChecksum } from "../../runtime/format/checksum.ts";
import { checksumPosition } from "../../runtime/format/reader.ts";
import { noise, packWithGolden, pictureGraph, vectorGraph } from "../helpers/small_models.ts";

const META = {
  labels: ["a", "b"],
  provenance: { name: "n", sha256: "00", kedge: "0.1.0", recipe: "{}" },
};

const GRAPHS: Record<string, { graph: () => CoreGraph; inputs: Float32Array[] }> = {
  "a convolution": { graph: pictureGraph, inputs: [noise(32)] },
  "a dense layer": { graph: vectorGraph, inputs: [noise(12), noise(12, 2)] },
};

for (const [title, { graph, inputs }] of Object.entries(GRAPHS)) {
  Deno.test(`${title} packs to the same bytes every time`, async () => {
    const first = await packWithGolden(graph(), [inputs], META);
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await packWithGolden(graph(), [inputs], META), first);
    }
  });

  Deno.test(`${title} packs to other bytes when anything differs`, async () => {
    const first = await packWithGolden(graph(), [inputs], META);
    const others = [
      await packWithGolden(graph(), [inputs], { ...META, labels: ["a", "c"] }),
      await packWithGolden(graph(), [inputs, inputs], META),
      await packWithGolden(graph(), [inputs.map((values) => values.map((v) => -v))], META),
    ];
    const changed = graph();
    changed.tensors.get("w")!.data![0] = 5;
    others.push(await packWithGolden(changed, [inputs], META));
    for (const other of others) assert.notDeepEqual(other, first);
  });

  Deno.test(`${title} does not depend on what else its tensors' buffers hold`, async () => {
    const moved = graph();
    for (const tensor of moved.tensors.values()) {
      const data = tensor.data as Int8Array | Int32Array | undefined;
      if (!data) continue;
      const room = new (data.constructor as Int8ArrayConstructor)(data.length + 6).fill(77);
      room.set(data, 3);
      tensor.data = room.subarray(3, 3 + data.length);
    }
    assert.deepEqual(
      await packWithGolden(moved, [inputs], META),
      await packWithGolden(graph(), [inputs], META),
    );
  });

  Deno.test(`${title} carries the SHA-256 of its own bytes`, async () => {
    const bytes = await packWithGolden(graph(), [inputs], META);
    const at = checksumPosition(bytes);
    const written = bytes.slice(at, at + 32);
    const zeroed = bytes.slice();
    zeroed.fill(0, at, at + 32);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", zeroed));
    assert.deepEqual(written, digest);
    assert.deepEqual(await checksumOf(bytes), digest);
    await verifyChecksum(bytes);
  });
}

Deno.test("packing leaves graph and plan as they were", async () => {
  const graph = pictureGraph();
  const plan = planMemory(graph);
  const before = structuredClone({ graph, plan });
  await pack(graph, plan, { preprocess: null, golden: [], ...META });
  assert.deepEqual({ graph, plan }, before);
});
