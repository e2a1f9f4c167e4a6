/** The C kernels on the host, bit for bit against the reference. */
import assert from "node:assert/strict";
import { broadcast } from "../helpers/broadcast_cases.ts";
import { fewValues, prepareCase } from "../helpers/c_case.ts";
import { hasTool, runOnHost } from "../helpers/c_compiler.ts";
import * as movement from "../helpers/movement_cases.ts";
import * as cases from "../helpers/operator_cases.ts";

const ROUNDS = 20;

const SUITE: Record<string, cases.CaseMaker> = {
  "Conv2D int8": cases.conv2d(true),
  "Conv2D float32": cases.conv2d(false),
  "DepthwiseConv2D int8": cases.depthwise(true),
  "DepthwiseConv2D float32": cases.depthwise(false),
  "FullyConnected int8": cases.fullyConnected(true),
  "Conv2D int8, few values": fewValues(cases.conv2d(true)),
  "FullyConnected int8, few values": fewValues(cases.fullyConnected(true)),
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
  "gcc with sanitizers, integers alone": [...SANITIZED, "-DKEDGE_INTEGER"],
  "clang": ["-O2"],
};

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
        Array.from({ length: ROUNDS }, (_, seed) => prepareCase(name, make, seed)),
      );
      const got = await runOnHost(compiler, flags, prepared.map(({ run }) => run));
      prepared.forEach(({ wanted, message }, i) => assert.deepEqual(got[i], wanted, message));
    });
  }
}
