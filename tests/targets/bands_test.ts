/** First layers run band by band, where that lowers the arena: fewer bytes, the same bits. */
import assert from "node:assert/strict";
import type { CoreGraph, CoreNode, Tensor } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { makeProgram } from "../../converters/targets/mcu/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { HOST_COMPILER, HOST_COMPILER_REASON, runAsC } from "../helpers/c99_backend.ts";
import { activation, valuesFor } from "../helpers/operator_cases.ts";
import { Random } from "../helpers/random.ts";

/** A layer of the chain: channels out, kernel, stride, whether depthwise or a pool. */
interface Shape {
  op: "Conv2D" | "DepthwiseConv2D" | "MaxPool2D";
  channels: number;
  kernel: number;
  stride: number;
}

/** A chain of window operators on a square picture, wide in the middle. */
function chain(random: Random, size: number, shapes: readonly Shape[]): CoreGraph {
  const tensors: Tensor[] = [activation(random, "t0", [1, size, size, 3], true)];
  const nodes: CoreNode[] = [];
  const inputs = ["t0"];
  shapes.forEach(({ op, channels, kernel, stride }, i) => {
    const x = tensors.find(({ name }) => name === `t${i}`)!;
    const [, height, , depth] = x.shape!;
    const outputs = op === "Conv2D" ? channels : depth;
    const before = Math.floor((kernel - 1) / 2);
    const after = kernel - 1 - before;
    const out = Math.floor((height + kernel - 1 - kernel) / stride) + 1;
    const y = activation(random, `t${i + 1}`, [1, out, out, outputs], true);
    if (op === "MaxPool2D") y.quantization = x.quantization;
    const shape = op === "Conv2D" ? [outputs, kernel, kernel, depth] : [kernel, kernel, depth];
    const count = shape.reduce((a, b) => a * b, 1);
    const constants: Tensor[] = op === "MaxPool2D" ? [] : [
      {
        name: `w${i}`,
        dtype: "int8",
        shape,
        data: Int8Array.from({ length: count }, () => random.int(-127, 127)),
        quantization: { scale: 0.01, zeroPoint: 0 },
      },
      {
        name: `b${i}`,
        dtype: "int32",
        shape: [outputs],
        data: Int32Array.from({ length: outputs }, () => random.int(-3000, 3000)),
      },
    ];
    tensors.push(y, ...constants);
    const window = {
      strideH: stride,
      strideW: stride,
      padTop: before,
      padLeft: before,
      padBottom: after,
      padRight: after,
    };
    const dilated = { dilationH: 1, dilationW: 1, factor: 0.02 };
    const own: Record<string, number> = op === "MaxPool2D"
      ? { kernelH: kernel, kernelW: kernel }
      : op === "Conv2D"
      ? { ...dilated, groups: 1 }
      : dilated;
    nodes.push({
      op,
      name: `layer${i}`,
      inputs: [x.name, ...constants.map(({ name }) => name)],
      output: y.name,
      params: { ...window, ...own, min: -128, max: 127 },
      list: [],
    });
  });
  return {
    name: "chain",
    nodes,
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    inputs,
    outputs: [`t${shapes.length}`],
  };
}

async function packed(graph: CoreGraph): Promise<Uint8Array<ArrayBuffer>> {
  const provenance = { name: graph.name, sha256: "", kedge: "", recipe: "" };
  return (await pack(graph, planMemory(graph), {
    preprocess: null,
    labels: [],
    golden: [],
    provenance,
  })).slice();
}

const CHAINS: Record<string, Shape[]> = {
  "wide, then pooled": [
    { op: "Conv2D", channels: 24, kernel: 3, stride: 1 },
    { op: "MaxPool2D", channels: 0, kernel: 2, stride: 2 },
  ],
  "convolution, depthwise, stride": [
    { op: "Conv2D", channels: 16, kernel: 3, stride: 1 },
    { op: "DepthwiseConv2D", channels: 0, kernel: 3, stride: 1 },
    { op: "Conv2D", channels: 8, kernel: 3, stride: 2 },
  ],
  "an inverted bottleneck": [
    { op: "Conv2D", channels: 4, kernel: 3, stride: 2 },
    { op: "Conv2D", channels: 48, kernel: 1, stride: 1 },
    { op: "DepthwiseConv2D", channels: 0, kernel: 3, stride: 2 },
    { op: "Conv2D", channels: 8, kernel: 1, stride: 1 },
  ],
  "five by five": [
    { op: "Conv2D", channels: 20, kernel: 5, stride: 1 },
    { op: "Conv2D", channels: 4, kernel: 5, stride: 3 },
  ],
};

for (const [title, shapes] of Object.entries(CHAINS)) {
  Deno.test({
    name: `bands: ${title}${HOST_COMPILER ? "" : `, ${HOST_COMPILER_REASON}`}`,
    ignore: !HOST_COMPILER,
    fn: async () => {
      {
        const random = new Random(7);
        const graph = chain(random, random.int(23, 32), shapes);
        const bytes = await packed(graph);
        const model = readModel(bytes);
        const [banded, whole] = [makeProgram(model), makeProgram(model, { repeat: -1 })];
        assert.ok(banded.arena.bands, "runs in bands");
        assert.equal(whole.arena.bands, null);
        assert.ok(banded.arena.bytes <= 0.9 * whole.arena.bytes, "lowers the arena");
        const inputs = { t0: valuesFor(random, graph.tensors.get("t0")!) };
        const wanted = await REFERENCE.run(bytes, inputs);
        assert.deepEqual(await runAsC(bytes, inputs), wanted);
      }
    },
  });
}
