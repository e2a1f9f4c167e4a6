/** How many copies of its kernels a model's first run is dealt out among. */
import assert from "node:assert/strict";
import { copiesForFirstRun } from "../../converters/targets/first_run.ts";

type Layers = Record<string, number[]>;

/** Multiplications of ResNet-8's layers (Banbury et al. 2021, MLPerf Tiny), as they run. */
const RESNET8: Layers = {
  conv2d_int8: [442368, 1179648, 131072, 1179648, 131072, 640],
  winograd_int8: [2359296, 2359296, 2359296, 2359296],
};

Deno.test("as few copies as keep each kernel of each under the budget", () => {
  const table: [Layers, number][] = [
    [{}, 0],
    [{ conv2d_int8: [1000, 1000] }, 0],
    [RESNET8, 3],
    [{ conv2d_int8: [1e6, 1e6] }, 1],
    // Turns are taken in order: the third layer is at the first module again.
    [{ conv2d_int8: [1e6, 10, 1e6] }, 2],
    [{ conv2d_int8: [1e6, 1e6], conv2d_float32: [10, 10] }, 1],
    // A layer that is over the budget by itself; more layers than copies.
    [{ conv2d_int8: [2e6] }, 0],
    [{ conv2d_int8: new Array(6).fill(1e6) }, 0],
  ];
  for (const [layers, wanted] of table) {
    assert.equal(
      copiesForFirstRun(new Map(Object.entries(layers))),
      wanted,
      JSON.stringify(layers),
    );
  }
});
