/** How many copies of its kernels a model's first run is dealt out among. */
import assert from "node:assert/strict";
import { copiesForFirstRun } from "../../converters/targets/first_run.ts";

type Layers = Record<string, [macs: number, values: number][]>;

/** ResNet-8 and DS-CNN (Banbury et al. 2021, MLPerf Tiny). */
const RESNET8: Layers = {
  conv2d_int8: [
    ...[[442368, 16384], [1179648, 8192], [131072, 8192], [1179648, 4096], [131072, 4096]],
    [640, 10],
  ] as [number, number][],
  winograd_int8: [[2359296, 16384], [2359296, 16384], [2359296, 8192], [2359296, 4096]],
};
/** The same on dot products of bytes, without tiles. */
const RESNET8_DOT: Layers = {
  conv2d_int8_dot: [
    ...[[442368, 16384], [2359296, 16384], [2359296, 16384], [1179648, 8192], [2359296, 8192]],
    ...[[131072, 8192], [1179648, 4096], [2359296, 4096], [131072, 4096], [640, 10]],
  ] as [number, number][],
  pack_panels: [432, 2304, 2304, 4608, 9216, 512, 18432, 36864, 2048, 640].map((
    weights,
  ) => [weights, 0]),
};
const DSCNN: Layers = {
  conv2d_int8: [[320000, 8000], ...new Array(4).fill([512000, 8000]), [768, 12]],
  depthwise_int8: new Array(4).fill([72000, 8000]),
};

Deno.test("as few copies as keep each kernel of each under the budget", () => {
  const table: [Layers, number][] = [
    [{}, 0],
    [{ conv2d_int8: [[1000, 10], [1000, 10]] }, 0],
    [RESNET8, 3],
    [RESNET8_DOT, 7],
    [DSCNN, 2],
    [{ conv2d_int8: [[1e6, 10], [1e6, 10]] }, 1],
    // Few inputs make many values.
    [{ conv2d_int8: [[2e5, 5e4], [2e5, 5e4]] }, 1],
    // Turns are taken in order: the third layer is at the first module again.
    [{ conv2d_int8: [[1e6, 10], [10, 1], [1e6, 10]] }, 2],
    [{ conv2d_int8: [[1e6, 10], [1e6, 10]], conv2d_float32: [[10, 1], [10, 1]] }, 1],
    // A layer that is over the budget by itself; more layers than copies.
    [{ conv2d_int8: [[2e6, 10]] }, 0],
    [{ conv2d_int8: new Array(9).fill([1e6, 10]) }, 0],
  ];
  for (const [layers, wanted] of table) {
    assert.equal(
      copiesForFirstRun(
        new Map(
          Object.entries(layers).map((
            [kernel, works],
          ) => [kernel, works.map(([macs, values]) => ({ macs, values }))]),
        ),
      ),
      wanted,
      JSON.stringify(layers),
    );
  }
});
