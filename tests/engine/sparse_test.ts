/** Blocks of zeros: where they are left out, and what ships. */
import assert from "node:assert/strict";
import { requiredParts } from "../../converters/targets/required_parts.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { type OperatorCase, packCase } from "../helpers/one_operator.ts";
import { Random } from "../helpers/random.ts";
import { zeroBlocks } from "../helpers/sparse_cases.ts";

const KERNEL = "conv2d_sparse_int8";

interface Layer {
  size: number;
  kernel: number;
  channels: number;
  outputs: number;
  groups?: number;
  /** Largest weight. */
  largest: number;
  /** Share of blocks that stay. */
  left: number;
}

function caseOf(layer: Layer): OperatorCase {
  const { size, kernel, channels, outputs, groups = 1, largest, left } = layer;
  const random = new Random(1);
  const pad = kernel >> 1;
  const params = {
    ...{ strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, groups, factor: 1 },
    ...{ padTop: pad, padLeft: pad, padBottom: pad, padRight: pad, min: -128, max: 127 },
  };
  const shape = [outputs, kernel, kernel, channels / groups];
  const length = shape.reduce((a, b) => a * b);
  const weights = Int8Array.from({ length }, () => random.pick([largest, -largest]));
  const quantization = { scale: 1, zeroPoint: 0 };
  return {
    name: JSON.stringify(layer),
    node: { op: "Conv2D", params, list: [] },
    inputs: [
      { name: "x", dtype: "int8", shape: [1, size, size, channels], quantization },
      {
        ...{ name: "w", dtype: "int8", shape, quantization } as const,
        data: zeroBlocks(random, weights, shape, left),
      },
    ],
    output: { name: "y", dtype: "int8", shape: [1, size, size, outputs], quantization },
  };
}

const parts = async (layer: Layer) => requiredParts(readModel(await packCase(caseOf(layer))));
const POINTWISE: Layer = { size: 8, kernel: 1, channels: 64, outputs: 32, largest: 127, left: 0.5 };

Deno.test("layers take it where enough blocks are zeros for the kernel that they would have", async () => {
  const table: [Partial<Layer>, relaxed: boolean][] = [
    [{}, true],
    [{ left: 0.9 }, false],
    [{ left: 0.7 }, true],
    [{ left: 0.7, largest: 60 }, false],
    [{ largest: 60 }, true],
    [{ largest: 7, left: 0.4 }, true],
    [{ largest: 7, left: 0.6 }, false],
    [{ kernel: 3, left: 0.6 }, false],
    [{ kernel: 3, left: 0.4 }, true],
    [{ kernel: 5, left: 0.6 }, true],
    [{ groups: 2 }, false],
    // Of 8 lanes one is filled, of 4 pixels too.
    [{ size: 1 }, false],
    [{ size: 1, left: 0.2 }, true],
  ];
  for (const [other, wanted] of table) {
    const { relaxed, plain } = await parts({ ...POINTWISE, ...other });
    assert.equal((relaxed ?? plain).includes(KERNEL), wanted, JSON.stringify(other));
  }
});

Deno.test("it ships only with models that use it, and so does what counts blocks", async () => {
  const dense = await parts({ ...POINTWISE, left: 1 });
  assert.equal(dense.steps.get("Conv2D"), "PlainConv2D");
  assert.deepEqual(dense.plain.toSorted(), ["conv2d_int8", "pack_panels"]);
  assert.deepEqual(dense.dot?.toSorted(), ["conv2d_int8_dot", "pack_panels"]);
  const few = await parts({ ...POINTWISE, left: 1, largest: 60 });
  assert.equal(few.steps.get("Conv2D"), "DenseConv2D");
  assert.ok(!few.relaxed?.includes("count_blocks"));
  const sparse = await parts(POINTWISE);
  assert.equal(sparse.steps.get("Conv2D"), "Conv2D");
  assert.deepEqual(sparse.plain.toSorted(), ["conv2d_sparse_int8", "count_blocks", "pack_blocks"]);
  assert.equal(sparse.relaxed, null);
});

Deno.test("a layer that takes it in one of two modules has what it asks for in both", async () => {
  const { plain, relaxed, steps } = await parts({ ...POINTWISE, left: 0.7, largest: 60 });
  assert.equal(steps.get("Conv2D"), "Conv2D");
  assert.ok(plain.includes(KERNEL));
  assert.ok(relaxed?.includes("count_blocks") && relaxed.includes("conv2d_int8_7bit"));
});
