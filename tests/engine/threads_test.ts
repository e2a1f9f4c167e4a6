/** Models on several threads give the reference's bits. */
import assert from "node:assert/strict";
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { packCase } from "../helpers/one_operator.ts";
import * as cases from "../helpers/operator_cases.ts";
import { sparse } from "../helpers/sparse_cases.ts";
import { Random } from "../helpers/random.ts";

/** Few, as every case starts threads of its own. */
const ROUNDS = 24;

const SUITE: Record<string, cases.CaseMaker> = {
  "Conv2D int8": cases.conv2d(true),
  "Conv2D int8 in tiles": cases.conv2dInTiles(true),
  "Conv2D int8 with blocks of zeros": sparse(cases.conv2d(true)),
  "Conv2D float32": cases.conv2d(false),
  "DepthwiseConv2D int8": cases.depthwise(true),
  "DepthwiseConv2D float32": cases.depthwise(false),
  "FullyConnected int8": cases.fullyConnected(true),
  "Add int8": cases.add(true),
};

for (const [title, make] of Object.entries(SUITE)) {
  Deno.test(`${title} on two and three threads is the reference's`, async () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new Random(seed);
      const tested = make(random);
      const packed = await packCase(tested);
      const inputs = Object.fromEntries(
        tested.inputs.filter(({ data }) => !data)
          .map((tensor) => [tensor.name, cases.valuesFor(random, tensor)]),
      );
      const wanted = (await REFERENCE.run(packed, inputs)).y;
      const threads = 2 + seed % 2;
      // Sums of floats are fused with relaxed SIMD, with or without threads.
      const relaxed = !title.includes("float32") && seed % 4 < 2;
      const loaded = await load(packed, { threads, relaxed });
      try {
        assert.equal(loaded.engine.threads, threads);
        for (let again = 0; again < 3; again++) {
          assert.deepEqual(run(loaded, inputs).y, wanted, `seed ${seed}: ${tested.name}`);
        }
      } finally {
        loaded.engine.close();
      }
    }
  });
}

Deno.test("an engine with one thread can be closed, too", async () => {
  const loaded = await load(await packCase(cases.add(true)(new Random(0))));
  assert.equal(loaded.engine.threads, 1);
  loaded.engine.close();
});
