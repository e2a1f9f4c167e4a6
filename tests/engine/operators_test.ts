/** Every operator with a kernel, on every backend, against the reference. */
import assert from "node:assert/strict";
import { BACKENDS, C99, REFERENCE } from "../helpers/backends.ts";
import { packCase } from "../helpers/one_operator.ts";
import { broadcast } from "../helpers/broadcast_cases.ts";
import * as movement from "../helpers/movement_cases.ts";
import * as cases from "../helpers/operator_cases.ts";
import { sparse } from "../helpers/sparse_cases.ts";
import { Random } from "../helpers/random.ts";
import { assertNear } from "../helpers/assert_near.ts";
import { FUSED_MULTIPLY_ADD } from "../helpers/tolerances.ts";

const ROUNDS = 60;

const SUITE: Record<string, { make: cases.CaseMaker; exact: boolean }> = {
  "Conv2D int8": { make: cases.conv2d(true), exact: true },
  "Conv2D int8 in tiles": { make: cases.conv2dInTiles(true), exact: true },
  "Conv2D int8 with blocks of zeros": { make: sparse(cases.conv2d(true)), exact: true },
  "Conv2D int8 in tiles with blocks of zeros": {
    make: sparse(cases.conv2dInTiles(true)),
    exact: true,
  },
  "Conv2D float32 in tiles": { make: cases.conv2dInTiles(false), exact: false },
  "Conv2D float32": { make: cases.conv2d(false), exact: false },
  "DepthwiseConv2D int8": { make: cases.depthwise(true), exact: true },
  "DepthwiseConv2D float32": { make: cases.depthwise(false), exact: false },
  "FullyConnected int8": { make: cases.fullyConnected(true), exact: true },
  "FullyConnected int8 with blocks of zeros": {
    make: sparse(cases.fullyConnected(true)),
    exact: true,
  },
  "FullyConnected float32": { make: cases.fullyConnected(false), exact: false },
  "Add int8": { make: cases.add(true), exact: true },
  "Add float32": { make: cases.add(false), exact: true },
  "MaxPool2D int8": { make: cases.pool("MaxPool2D", true), exact: true },
  "MaxPool2D float32": { make: cases.pool("MaxPool2D", false), exact: true },
  "AveragePool2D int8": {
    make: cases.pool("AveragePool2D", true),
    exact: true,
  },
  "AveragePool2D float32": {
    make: cases.pool("AveragePool2D", false),
    exact: true,
  },
  "Quantize": { make: cases.quantize, exact: true },
  "Add int8, broadcast": { make: broadcast("Add", true), exact: true },
  "Add float32, broadcast": { make: broadcast("Add", false), exact: true },
  "Mul int8": { make: broadcast("Mul", true), exact: true },
  "Mul float32": { make: broadcast("Mul", false), exact: true },
  "Div": { make: broadcast("Div", false), exact: true },
  "Maximum": { make: broadcast("Maximum", false), exact: true },
  "Minimum": { make: broadcast("Minimum", false), exact: true },
  "Transpose": { make: movement.transpose, exact: true },
  "Slice": { make: movement.slice, exact: true },
  "Concat": { make: movement.concat, exact: true },
  "Gather": { make: movement.gather, exact: true },
  "ArgSort": { make: movement.argSort, exact: true },
  "Pad": { make: movement.pad, exact: true },
};

for (const [title, { make, exact }] of Object.entries(SUITE)) {
  for (const backend of [...BACKENDS, C99]) {
    const rounds = Math.min(ROUNDS, backend.rounds ?? ROUNDS);
    const why = backend.missing ? `, ${backend.missing}` : "";
    const name = `${title} on ${backend.name} is the reference's${why}`;
    Deno.test({
      name,
      ignore: backend.missing !== undefined,
      fn: async () => {
        for (let seed = 0; seed < rounds; seed++) {
          const random = new Random(seed);
          const tested = make(random);
          const packed = await packCase(tested);
          const inputs = Object.fromEntries(
            tested.inputs.filter(({ data }) => !data)
              .map((tensor) => [tensor.name, cases.valuesFor(random, tensor)]),
          );
          const wanted = (await REFERENCE.run(packed, inputs)).y;
          const got = (await backend.run(packed, inputs)).y;
          const message = `seed ${seed}: ${tested.name}`;
          if (exact || !backend.fuses) assert.deepEqual(got, wanted, message);
          else assertNear(got, wanted, FUSED_MULTIPLY_ADD, message);
        }
      },
    });
  }
}
