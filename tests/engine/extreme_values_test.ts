/** The largest sums that kernels can meet: every weight and every input at an end of its range. */
import assert from "node:assert/strict";
import type { Tensor } from "../../converters/graph/graph.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { packCase } from "../helpers/one_operator.ts";

const OUTPUTS = 9;
const CHANNELS = 264;
/** Ranges of weights, and so the kernels: 8, 7 and 4 bits. */
const RANGES = [[-128, 127], [-64, 63], [-8, 7]];
const FILLS: Record<string, (i: number, low: number, high: number) => number> = {
  "all low": (_, low) => low,
  "all high": (_, _low, high) => high,
  "in turn": (i, low, high) => i % 2 ? low : high,
  "by fours": (i, low, high) => i >> 2 & 1 ? low : high,
};

for (const kernel of [1, 3]) {
  for (const [low, high] of RANGES) {
    Deno.test(`Conv2D ${kernel}×${kernel} with weights ${low}…${high} at their ends`, async () => {
      const shape = [OUTPUTS, kernel, kernel, CHANNELS];
      const channelScales = new Uint16Array(OUTPUTS).fill(toFloat16(1));
      const input = { scale: 1, zeroPoint: 5 };
      const pads = (kernel - 1) / 2;
      for (const [title, fill] of Object.entries(FILLS)) {
        const data = Int8Array.from(
          { length: OUTPUTS * kernel * kernel * CHANNELS },
          (_, i) => fill(i, low, high),
        );
        const quantization = { scale: 1, zeroPoint: 0, channelScales, axis: 0 };
        const inputs: Tensor[] = [
          { name: "x", dtype: "int8", shape: [1, 6, 6, CHANNELS], quantization: input },
          { name: "w", dtype: "int8", shape, data, quantization },
        ];
        // The sums themselves, as float32.
        const output: Tensor = { name: "y", dtype: "float32", shape: [1, 6, 6, OUTPUTS] };
        const params = {
          ...{ strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, groups: 1, factor: 1 },
          ...{ padTop: pads, padLeft: pads, padBottom: pads, padRight: pads },
          ...{ min: -Infinity, max: Infinity },
        };
        const node = { op: "Conv2D" as const, params, list: [] };
        const packed = await packCase({ name: title, node, inputs, output });
        for (const edge of [-128, 127]) {
          const x = new Int8Array(36 * CHANNELS).fill(edge);
          const { y: wanted } = await REFERENCE.run(packed, { x });
          for (const backend of BACKENDS) {
            const { y } = await backend.run(packed, { x });
            assert.deepEqual(y, wanted, `${title}, inputs ${edge}, ${backend.name}`);
          }
        }
      }
    });
  }
}
