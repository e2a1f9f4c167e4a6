/**
 * Operators with one thing changed after they were made: the reader refuses them, or they run and
 * give the reference's bits. What the reader lets pass must be safe for kernels, which check nothing.
 */
import assert from "node:assert/strict";
import { createEngine } from "../../runtime/engine/engine.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Model, TensorMap } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { RELAXED } from "../../runtime/kernels/generated/relaxed.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { type OperatorCase, packCase } from "../helpers/one_operator.ts";
import * as cases from "../helpers/operator_cases.ts";
import { Random } from "../helpers/random.ts";
import { noise } from "../helpers/small_models.ts";

const ROUNDS = 150;

const MAKERS: Record<string, cases.CaseMaker> = {
  "Conv2D int8": cases.conv2d(true),
  "Conv2D float32": cases.conv2d(false),
  "DepthwiseConv2D int8": cases.depthwise(true),
  "DepthwiseConv2D float32": cases.depthwise(false),
  "FullyConnected int8": cases.fullyConnected(true),
  "FullyConnected float32": cases.fullyConnected(false),
  "Add int8": cases.add(true),
  "Add float32": cases.add(false),
  "MaxPool2D int8": cases.pool("MaxPool2D", true),
  "MaxPool2D float32": cases.pool("MaxPool2D", false),
  "AveragePool2D int8": cases.pool("AveragePool2D", true),
  "AveragePool2D float32": cases.pool("AveragePool2D", false),
  "Quantize": cases.quantize,
};

const KERNELS = [
  { relaxed: false, kernels: await WebAssembly.compile(fromBase64(SIMD)) },
  { relaxed: true, kernels: await WebAssembly.compile(fromBase64(RELAXED)) },
];

/** Changes one parameter, shape, element type, quantization or operand. */
function change(random: Random, tested: OperatorCase): string {
  const { node, inputs, output } = tested;
  const tensor = random.pick([...inputs, output]);
  const key = random.pick(Object.keys(node.params));
  const dimension = random.int(0, tensor.shape!.length - 1);
  const changes = {
    param: () => node.params[key] = random.pick([0, 1, 2, 3, 5, -1, 0.5, 65535, Infinity]),
    dimension: () => tensor.shape![dimension] = random.pick([1, 2, 3, 4, 7, 9]),
    swap: () => tensor.shape!.push(tensor.shape!.shift()!),
    rank: () => tensor.shape = random.next() < 0.5 ? [1, ...tensor.shape!] : tensor.shape!.slice(1),
    type: () => tensor.dtype = random.pick(["float32", "int8", "int32"]),
    scale: () => tensor.quantization = { scale: random.pick([0.5, 3e38, 1e-38]), zeroPoint: 0 },
    zeroPoint: () => tensor.quantization = { scale: 1, zeroPoint: random.pick([-128, 127, 1]) },
    axis: () => tensor.quantization = { ...tensor.quantization!, axis: random.int(0, 3) },
    fewer: () => inputs.pop(),
    twice: () => inputs[inputs.length - 1] = inputs[0],
    operator: () => node.op = random.pick(["Conv2D", "FullyConnected", "Mul", "MaxPool2D"]),
  };
  const name = random.pick(Object.keys(changes) as (keyof typeof changes)[]);
  changes[name]();
  return `${name} of ${name === "param" ? key : tensor.name}`;
}

function inputsOf(model: Model, seed: number): TensorMap {
  return Object.fromEntries(model.inputs.map((i) => {
    const { name, size, dtype } = model.tensors[i];
    const values = noise(size, seed + i);
    return [name, dtype === "int8" ? Int8Array.from(values, (value) => value * 128) : values];
  }));
}

for (const [title, make] of Object.entries(MAKERS)) {
  Deno.test(`${title} with something changed is refused or runs as the reference does`, async () => {
    const counts = { refused: 0, ran: 0 };
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new Random(seed);
      const tested = structuredClone(make(random));
      const message = `seed ${seed}: ${change(random, tested)}`;
      const packed = await packCase(tested);
      let model: Model;
      try {
        model = readModel(packed);
      } catch (error) {
        assert(error instanceof KedgeError, `${message}: ${error}`);
        counts.refused++;
        continue;
      }
      counts.ran++;
      const inputs = inputsOf(model, seed);
      const wanted = runReference(model, inputs);
      const integer = model.tensors.some(({ dtype }) => dtype === "int8");
      // Relaxed SIMD fuses multiply and add of float layers; operators_test.ts bounds that.
      for (const parts of KERNELS.filter(({ relaxed }) => integer || !relaxed)) {
        const engine = createEngine(model, { steps, ...parts });
        assert.deepEqual(engine.run(inputs), wanted, message);
      }
    }
    assert(counts.refused > 0 && counts.ran > 0, JSON.stringify(counts));
  });
}
