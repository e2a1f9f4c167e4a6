/**
 * Runtimes whose packages are no part of kedge: `KEDGE_PEERS=1 deno task test tests/bench` fetches
 * them and sees whether they run and answer alike.
 */
import assert from "node:assert/strict";
import { bench } from "../../mod.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";

const wanted = Deno.env.has("KEDGE_PEERS");
const why = wanted ? hasShared ? "" : ` (${SHARED_REASON})` : " (set KEDGE_PEERS)";

for (const name of ["resnet8-cifar10", "mobilenetv1-vww", "dscnn-kws"]) {
  Deno.test({
    name: `${name} runs in LiteRT and TensorFlow.js${why}`,
    ignore: !wanted || !hasShared,
    async fn() {
      const { contenders, skipped } = await bench({
        model: sharedModel(name),
        data: sharedModel(name, "data.json"),
        weights: ["float32"],
        recipe: { dims: { batch: 1 } },
        vs: ["litert", "tfjs"],
        rounds: 1,
      });
      assert.deepEqual(skipped, []);
      const names = contenders.map(({ name }) => name);
      assert.deepEqual(names, ["kedge float32", "litert float32", "litert int8", "tfjs float32"]);
      // LiteRT's int8 model takes integers by a scale that it does not tell.
      assert.equal(contenders.find(({ name }) => name === "litert int8")?.best, null);
      const [own, ...others] = contenders.filter(({ precision }) => precision === "float32");
      for (const { name, best } of others) assert.equal(best, own.best, name);
    },
  });
}
