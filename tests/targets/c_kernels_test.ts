/** The C kernels on the host, bit for bit against the reference. */
import assert from "node:assert/strict";
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { broadcast } from "../helpers/broadcast_cases.ts";
import { hasTool, type Run, runOnHost } from "../helpers/c_compiler.ts";
import * as movement from "../helpers/movement_cases.ts";
import { packCase } from "../helpers/one_operator.ts";
import * as cases from "../helpers/operator_cases.ts";
import { Random } from "../helpers/random.ts";

const ROUNDS = 40;

const SUITE: Record<string, cases.CaseMaker> = {
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
  "Add int8, broadcast": broadcast("Add", true),
  "Add float32, broadcast": broadcast("Add", false),
  "Mul int8": broadcast("Mul", true),
  "Mul float32": broadcast("Mul", false),
  "Div": broadcast("Div", false),
  "Maximum": broadcast("Maximum", false),
  "Minimum": broadcast("Minimum", false),
  "Transpose": movement.transpose,
  "Slice": movement.slice,
  "Concat": movement.concat,
  "Pad": movement.pad,
};

const SANITIZED = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const BUILDS: Record<string, readonly string[]> = {
  "gcc": ["-O2"],
  "gcc with sanitizers, integers alone": [...SANITIZED, "-DKEDGE_INTEGER"],
  "clang": ["-O2"],
};

interface Prepared {
  run: Run;
  wanted: Uint8Array;
  message: string;
}

async function prepare(title: string, make: cases.CaseMaker, seed: number): Promise<Prepared> {
  const random = new Random(seed);
  const tested = make(random);
  const packed = await packCase(tested);
  const inputs = Object.fromEntries(
    tested.inputs.filter(({ data }) => !data)
      .map((tensor) => [tensor.name, cases.valuesFor(random, tensor)]),
  );
  const { y } = await REFERENCE.run(packed, inputs);
  return {
    run: { model: readModel(packed), inputs },
    wanted: new Uint8Array(y.buffer, y.byteOffset, y.byteLength),
    message: `${title}, seed ${seed}: ${tested.name}`,
  };
}

for (const [build, flags] of Object.entries(BUILDS)) {
  const [compiler] = build.split(" ");
  const found = await hasTool(compiler);
  const title = `C kernels, ${build}, are the reference's`;
  if (!found) {
    Deno.test.ignore(`${title}: no ${compiler} here (apt-get install ${compiler})`, () => {});
    continue;
  }
  for (const [name, make] of Object.entries(SUITE)) {
    Deno.test(`${title}: ${name}`, async () => {
      const prepared = await Promise.all(
        Array.from({ length: ROUNDS }, (_, seed) => prepare(name, make, seed)),
      );
      const got = await runOnHost(compiler, flags, prepared.map(({ run }) => run));
      prepared.forEach(({ wanted, message }, i) => assert.deepEqual(got[i], wanted, message));
    });
  }
}
