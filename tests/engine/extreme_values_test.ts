/** The largest sums that kernels can meet: every weight and every input at an end of its range. */
import assert from "node:assert/strict";
import type { Tensor } from "../../converters/graph/graph.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";
import { BACKENDS, REFERENCE, THREADED } from "../helpers/backends.ts";
import { type OperatorCase, packCase } from "../helpers/one_operator.ts";

/** Ranges of weights, and so the kernels: 8, 7 and 4 bits. */
const RANGES = [[-128, 127], [-64, 63], [-8, 7]];
const FILLS: Record<string, (i: number, low: number, high: number) => number> = {
  "all low": (_, low) => low,
  "all high": (_, _low, high) => high,
  "in turn": (i, low, high) => i % 2 ? low : high,
  "by fours": (i, low, high) => i >> 2 & 1 ? low : high,
  // Enough blocks of zeros for the kernel that leaves them out: just so in 8 bits, and in all.
  "a sixth zeros": (i, low) => (i >> 1) % 6 ? low : 0,
  "two thirds zeros": (i, _low, high) => (i >> 1) % 3 ? 0 : high,
};
/** A layer: its window (0 where it has none), its channels. */
interface Layer {
  op: "Conv2D" | "DepthwiseConv2D" | "FullyConnected";
  kernel: number;
  channels: number;
  outputs: number;
  stride: number;
  groups: number;
}
const SIZE = 6;
const LAYERS: Record<string, Layer> = {
  "Conv2D 1×1": layer("Conv2D", 1, 264, 9),
  "Conv2D 3×3": layer("Conv2D", 3, 264, 9),
  "Conv2D 3×3, stride 2": { ...layer("Conv2D", 3, 132, 9), stride: 2 },
  "Conv2D 3×3 in groups": { ...layer("Conv2D", 3, 72, 18), groups: 2 },
  "DepthwiseConv2D 3×3": layer("DepthwiseConv2D", 3, 21, 21),
  "DepthwiseConv2D 3×3, stride 2": { ...layer("DepthwiseConv2D", 3, 21, 21), stride: 2 },
  "DepthwiseConv2D 5×5": layer("DepthwiseConv2D", 5, 21, 21),
  "FullyConnected": layer("FullyConnected", 0, 1029, 9),
  "FullyConnected, even": layer("FullyConnected", 0, 1032, 9),
};

function layer(op: Layer["op"], kernel: number, channels: number, outputs: number): Layer {
  return { op, kernel, channels, outputs, stride: 1, groups: 1 };
}

/** A layer that gives its sums themselves, as float32. */
function caseOf(
  { op, kernel, channels, outputs, stride, groups }: Layer,
  fill: (i: number) => number,
  zeroPoint: number,
): OperatorCase {
  const shapes = {
    Conv2D: [outputs, kernel, kernel, channels / groups],
    DepthwiseConv2D: [kernel, kernel, channels],
    FullyConnected: [outputs, channels],
  };
  const shape = shapes[op];
  const size = shape.reduce((a, b) => a * b);
  const quantization = {
    ...{ scale: 1, zeroPoint: 0, axis: op === "DepthwiseConv2D" ? 2 : 0 },
    channelScales: new Uint16Array(outputs).fill(toFloat16(1)),
  };
  const pads = (kernel - 1) / 2;
  const out = Math.ceil(SIZE / stride);
  const windows = {
    ...{ strideH: stride, strideW: stride, dilationH: 1, dilationW: 1 },
    ...{ padTop: pads, padLeft: pads, padBottom: pads, padRight: pads },
    ...op === "Conv2D" && { groups },
  };
  const limits = { factor: 1, min: -Infinity, max: Infinity };
  const picture = kernel > 0;
  const inputs: Tensor[] = [
    {
      ...{ name: "x", dtype: "int8", shape: picture ? [1, SIZE, SIZE, channels] : [3, channels] },
      quantization: { scale: 1, zeroPoint },
    },
    {
      ...{ name: "w", dtype: "int8", shape, quantization },
      data: Int8Array.from({ length: size }, (_, i) => fill(i)),
    },
  ];
  return {
    name: op,
    node: { op, params: picture ? { ...windows, ...limits } : limits, list: [] },
    inputs,
    output: { name: "y", dtype: "float32", shape: picture ? [1, out, out, outputs] : [3, outputs] },
  };
}

for (const [title, tested] of Object.entries(LAYERS)) {
  Deno.test(`${title} with weights and inputs at their ends`, async () => {
    for (const [low, high] of RANGES) {
      for (const [at, [name, fill]] of Object.entries(FILLS).entries()) {
        const zeroPoint = [-128, 127, 5, 0, 127, -128][at];
        const packed = await packCase(caseOf(tested, (i) => fill(i, low, high), zeroPoint));
        const size = (tested.kernel ? SIZE * SIZE : 3) * tested.channels;
        for (const edge of [-128, 127]) {
          const x = new Int8Array(size).fill(edge);
          const { y: wanted } = await REFERENCE.run(packed, { x });
          for (const backend of [...BACKENDS, ...THREADED]) {
            const { y } = await backend.run(packed, { x });
            const where = `weights ${low}…${high} ${name}, inputs ${edge}, ${backend.name}`;
            assert.deepEqual(y, wanted, where);
          }
        }
      }
    }
  });
}
