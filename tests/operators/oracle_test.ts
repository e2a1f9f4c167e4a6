/** Random nodes of every family of operators: kedge computes what ONNX Runtime computes. */
import assert from "node:assert/strict";
import { createOracle } from "../../converters/data/oracle.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { BACKENDS, REFERENCE } from "../helpers/backends.ts";
import { convertOnnx } from "../helpers/convert.ts";
import { onnxInput, onnxModel, onnxNode } from "../helpers/onnx_builder.ts";
import type { NodeCase } from "../helpers/oracle_case.ts";
import { FAMILIES } from "../helpers/oracle_cases.ts";
import { Random } from "../helpers/random.ts";
import { RANDOM_NODE } from "../helpers/tolerances.ts";

const ROUNDS = 40;
/** At least so many cases of each family must be models that both take. */
const COMPARED = 30;

for (const [family, make] of Object.entries(FAMILIES)) {
  Deno.test(`random ${family} nodes agree with ONNX Runtime`, async () => {
    let compared = 0;
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new Random(seed);
      const tested = make(random);
      const bytes = modelOf(tested);
      const inputs = tested.shapes.map((shape) =>
        Float32Array.from(
          { length: shape.reduce((a, b) => a * b, 1) },
          () => tested.whole ? random.int(-2, 2) : random.next() * 4 - 2,
        )
      );
      const wanted = await originalOutput(bytes, tested, inputs);
      const packed = wanted && await convertOrNull(bytes);
      if (!wanted || !packed) continue;
      compared++;
      const given = Object.fromEntries(inputs.map((values, i) => [`x${i}`, values]));
      for (const backend of [REFERENCE, ...BACKENDS]) {
        const { y } = await backend.run(packed, given);
        const { op, opset, shapes, attributes } = tested;
        const what = `seed ${seed}, ${backend.name}: ${op} (opset ${opset}) of ` +
          `${JSON.stringify(shapes)} with ${JSON.stringify(attributes)}`;
        assertNear(y, wanted, what);
      }
    }
    assert.ok(compared >= COMPARED, `only ${compared} cases were taken`);
  });
}

function modelOf({ op, opset, shapes, inputs, constants, attributes, outputs }: NodeCase) {
  return onnxModel({
    opset,
    nodes: [onnxNode(op, inputs, outputs ?? ["y"], attributes)],
    inputs: shapes.map((shape, i) => onnxInput(`x${i}`, shape)),
    outputs: ["y"],
    initializers: constants.filter(({ name }) => inputs.includes(name)),
  });
}

/** What ONNX Runtime answers, or null where it takes the node for invalid. */
async function originalOutput(
  bytes: Uint8Array,
  { shapes }: NodeCase,
  inputs: readonly Float32Array[],
): Promise<Float32Array | null> {
  try {
    const named = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, shape]));
    const oracle = await createOracle(bytes, { shapes: named });
    try {
      const [y] = await oracle.run(oracle.inputNames.map((name) => inputs[Number(name.slice(1))]));
      return y;
    } finally {
      await oracle.close();
    }
  } catch (error) {
    if (error instanceof KedgeError && error.data.code === "model/oracle") return null;
    throw error;
  }
}

/** The packed model, or null where kedge refuses it (an empty output, say). */
async function convertOrNull(bytes: Uint8Array): Promise<Uint8Array | null> {
  try {
    return await convertOnnx(bytes);
  } catch (error) {
    if (error instanceof KedgeError && error.data.code === "model/unsupported") return null;
    throw error;
  }
}

function assertNear(got: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(got.length, wanted.length, what);
  for (let i = 0; i < wanted.length; i++) {
    const { relative, absolute } = RANDOM_NODE;
    // Outside of where a function has values any answer is right.
    const near = Number.isNaN(wanted[i]) || got[i] === wanted[i] ||
      Math.abs(got[i] - wanted[i]) <= absolute + relative * Math.abs(wanted[i]);
    assert.ok(near, `${what}: element ${i} is ${got[i]}, wanted ${wanted[i]}`);
  }
}
