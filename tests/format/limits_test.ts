/** What a file may hold at most, and what reading one may cost. */
import assert from "node:assert/strict";
import { Builder } from "flatbuffers";
import { Model } from "../../converters/pack/generated/model.ts";
import { Operator } from "../../converters/pack/generated/operator.ts";
import { Tensor } from "../../converters/pack/generated/tensor.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { checksumOf, verifyChecksum } from "../../runtime/format/checksum.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { graphOf, int8, NO_META, node } from "../helpers/small_models.ts";

/** Reading a file of some megabytes that is made to be slow must stay below. */
const LONGEST_MS = 20_000;

/** What a function gives, if it takes no longer. */
function within<T>(milliseconds: number, compute: () => T): T {
  const started = performance.now();
  const result = compute();
  const took = performance.now() - started;
  assert(took < milliseconds, `took ${took} ms`);
  return result;
}

function assertRefusedSoon(bytes: Uint8Array, field: string) {
  within(LONGEST_MS, () =>
    assert.throws(() => readModel(bytes), (error) => {
      assert(error instanceof KedgeError, String(error));
      assert.equal(error.data.code, "model/corrupt");
      assert.equal(error.data.where?.tensor, field);
      return true;
    }));
}

interface Parts {
  tensors: number[];
  operators: number[];
  inputs: number[];
  outputs: number[];
  arenaBytes: number;
  labels: number[];
}

/** A file out of parts that were made by hand. */
function build(make: (builder: Builder) => Partial<Parts>): Uint8Array {
  const builder = new Builder(1 << 20);
  const { tensors = [], operators = [], inputs = [], outputs = [], labels = [], arenaBytes = 0 } =
    make(builder);
  const vectors = [
    Model.createChecksumVector(builder, new Uint8Array(32)),
    Model.createTensorsVector(builder, tensors),
    Model.createOperatorsVector(builder, operators),
    Model.createBuffersVector(builder, []),
    Model.createInputsVector(builder, inputs),
    Model.createOutputsVector(builder, outputs),
    Model.createLabelsVector(builder, labels),
  ];
  Model.startModel(builder);
  Model.addVersion(builder, 1);
  Model.addChecksum(builder, vectors[0]);
  Model.addTensors(builder, vectors[1]);
  Model.addOperators(builder, vectors[2]);
  Model.addBuffers(builder, vectors[3]);
  Model.addInputs(builder, vectors[4]);
  Model.addOutputs(builder, vectors[5]);
  Model.addLabels(builder, vectors[6]);
  Model.addArenaBytes(builder, arenaBytes);
  builder.finish(Model.endModel(builder), "KEDG");
  return builder.asUint8Array().slice();
}

function tensor(
  builder: Builder,
  name: number,
  shape: number,
  place: number,
  scales?: number,
): number {
  Tensor.startTensor(builder);
  Tensor.addName(builder, name);
  Tensor.addShape(builder, shape);
  Tensor.addPlace(builder, place);
  if (scales) Tensor.addChannelScales(builder, scales);
  return Tensor.endTensor(builder);
}

function operator(builder: Builder, code: number, name: number, io: [number, number]): number {
  Operator.startOperator(builder);
  Operator.addCode(builder, code);
  Operator.addName(builder, name);
  Operator.addInputs(builder, io[0]);
  Operator.addOutput(builder, io[1]);
  return Operator.endOperator(builder);
}

Deno.test("many tensors with one long name cost no square", () => {
  const bytes = build((builder) => {
    const shape = Tensor.createShapeVector(builder, [1]);
    const one = tensor(builder, builder.createString("n".repeat(500_000)), shape, 0);
    return { tensors: new Array(60_000).fill(one), arenaBytes: 16 };
  });
  assertRefusedSoon(bytes, "tensors[5][0]");
});

Deno.test("many tensors with the same channel scales cost no square", () => {
  const bytes = build((builder) => {
    const shape = Tensor.createShapeVector(builder, [100_000]);
    const scales = Tensor.createChannelScalesVector(builder, new Array(100_000).fill(0x3c00));
    const name = builder.createString("t");
    const one = tensor(builder, name, shape, 0, scales);
    return { tensors: new Array(60_000).fill(one), arenaBytes: 400_000 };
  });
  assertRefusedSoon(bytes, "tensors[7][8]");
});

Deno.test("many labels that are one cost no square", () => {
  const bytes = build((builder) => {
    const shape = Tensor.createShapeVector(builder, [1]);
    const x = tensor(builder, builder.createString("x"), shape, 0);
    const label = builder.createString("n".repeat(500_000));
    const labels = new Array(60_000).fill(label);
    return { tensors: [x], inputs: [0], outputs: [0], arenaBytes: 16, labels };
  });
  assertRefusedSoon(bytes, "model[9]");
});

Deno.test("more tensors than can be numbered are refused", () => {
  const bytes = build((builder) => {
    const shape = Tensor.createShapeVector(builder, [1]);
    const one = tensor(builder, builder.createString("t"), shape, 0);
    return { tensors: new Array(65_537).fill(one), arenaBytes: 16 };
  });
  assertRefusedSoon(bytes, "tensors");
});

Deno.test("an error quotes little of a long name", () => {
  const bytes = build((builder) => {
    const shape = Tensor.createShapeVector(builder, [0]);
    return { tensors: [tensor(builder, builder.createString("n".repeat(9999)), shape, 0)] };
  });
  assertRefusedSoon(bytes, `tensor "${"n".repeat(112)}…`);
});

/** 50 000 Reshapes of one tensor, all of them outputs, each at the place that is asked for. */
function reshapes(placeOf: (i: number) => number): Uint8Array {
  const count = 50_000;
  return build((builder) => {
    const shape = Tensor.createShapeVector(builder, [1]);
    const inputs = Operator.createInputsVector(builder, [0]);
    const name = builder.createString("o");
    const numbers = Array.from({ length: count }, (_, i) => i);
    const tensors = numbers.map((i) =>
      tensor(builder, builder.createString(`${i}`), shape, placeOf(i))
    );
    const operators = numbers.slice(1).map((i) => operator(builder, 18, name, [inputs, i]));
    const arenaBytes = 16 * Math.max(...numbers.map(placeOf).map((place) => place / 16 + 1));
    return { tensors, operators, inputs: [0], outputs: numbers, arenaBytes };
  });
}

const PLACES: Record<string, (i: number) => number> = {
  "behind each other": (i) => i * 16,
  "before each other": (i) => (50_000 - i) * 16,
  "in one place": () => 0,
};

for (const [title, placeOf] of Object.entries(PLACES)) {
  Deno.test(`50 000 tensors ${title} are checked soon`, () => {
    const bytes = reshapes(placeOf);
    const model = within(LONGEST_MS, () => readModel(bytes));
    assert.equal(model.operators.length, 49_999);
  });
}

/** A dense layer with one output, with the bias given and all weights the same. */
function deepest(depth: number, bias: number, weight: number): CoreGraph {
  return graphOf(
    [node("FullyConnected", ["x", "w", "b"], "y", { factor: 2 ** -25, min: -128, max: 127 })],
    [
      int8("x", [1, depth], 1, 127),
      { name: "w", dtype: "int8", shape: [1, depth], data: new Int8Array(depth).fill(weight) },
      { name: "b", dtype: "int32", shape: [1], data: Int32Array.of(bias) },
      int8("y", [1, 1], 1, 0),
    ],
    ["y"],
  );
}

const packed = (graph: CoreGraph) => pack(graph, planMemory(graph), NO_META);

Deno.test("the deepest sums that int32 holds run alike everywhere, one more is refused", async () => {
  // 65793 × 128 × 255 + 127 = 2³¹ − 1; with weights of −64, which fit 7 bits, half of that.
  const inputs = { x: new Int8Array(65_793).fill(-128) };
  for (const [weight, expected] of [[-128, 64], [-64, 32]]) {
    const bytes = await packed(deepest(65_793, 127, weight));
    for (const backend of [REFERENCE, ...BACKENDS]) {
      const { y } = await backend.run(bytes, inputs);
      assert.deepEqual(y, Int8Array.of(expected), `${backend.name}, weights of ${weight}`);
    }
  }
  for (const [depth, bias] of [[65_793, 128], [65_793, -128], [65_794, 0]]) {
    const refused = await packed(deepest(depth, bias, 1));
    assertRefusedSoon(refused, 'operator "FullyConnected y".FullyConnected');
  }
});

Deno.test("a model may lie anywhere in its buffer", async () => {
  const bytes = await packed(deepest(16, 5, 3));
  for (const offset of [0, 1, 4, 8, 16]) {
    const moved = new Uint8Array(bytes.length + offset + 3).subarray(offset, offset + bytes.length);
    moved.set(bytes);
    assert.deepEqual(readModel(moved), readModel(bytes));
    assert.deepEqual(await checksumOf(moved), await checksumOf(bytes));
    await verifyChecksum(moved);
  }
});
