/** The C kernels of float32 operators on the host, bit for bit against the reference. */
import assert from "node:assert/strict";
import type { Tensor } from "../../converters/graph/graph.ts";
import { REDUCE_KINDS, UNARY_KINDS } from "../../runtime/format/operators.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { hasTool, type Run, runOnHost } from "../helpers/c_compiler.ts";
import { type OperatorCase, packCase } from "../helpers/one_operator.ts";
import { Random } from "../helpers/random.ts";

const float = (name: string, shape: number[]): Tensor => ({ name, dtype: "float32", shape });

/** Ends of ranges, ties, subnormal numbers; then numbers of every magnitude. */
function values(count: number): Float32Array {
  const ends = [
    0,
    -0,
    Infinity,
    -Infinity,
    NaN,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.625,
    88.72283,
    -87.33654,
  ]
    .concat([
      1e-40,
      -1e-40,
      1.17549435e-38,
      3.4e38,
      -3.4e38,
      4194303.5,
      -4194304,
      8388607.5,
      1,
      -1,
    ]);
  const random = new Random(1);
  return Float32Array.from({ length: count }, (_, i) => {
    if (i < ends.length) return ends[i];
    return (random.next() - 0.5) * 2 ** random.int(-20, i % 3 ? 6 : 100);
  });
}

const COUNT = 3000;

const CASES: Record<string, OperatorCase> = {
  ...Object.fromEntries(UNARY_KINDS.map((kind, i) => [
    `Unary ${kind}`,
    one("Unary", { kind: i, alpha: kind === "clip" ? -1.5 : 0.2, beta: 0.75 }, [COUNT]),
  ])),
  ...Object.fromEntries(REDUCE_KINDS.map((kind, i) => [
    `Reduce ${kind}`,
    {
      ...one("Reduce", { kind: i }, [3, 40, 5, 5], [3, 5]),
      node: { op: "Reduce" as const, params: { kind: i }, list: [1, 3] },
    },
  ])),
  "Softmax": one("Softmax", { log: 0 }, [30, 100]),
  "LogSoftmax": one("Softmax", { log: 1 }, [30, 100]),
  "Pow": {
    name: "Pow",
    node: { op: "Pow", params: {}, list: [] },
    inputs: [float("x", [500, 6]), {
      ...float("b", [6]),
      data: Float32Array.of(2, 3, 0.5, -1, 1.7, -5),
    }],
    output: float("y", [500, 6]),
  },
};

function one(
  op: "Unary" | "Softmax" | "Reduce",
  params: Record<string, number>,
  shape: number[],
  out = shape,
): OperatorCase {
  return {
    name: op,
    node: { op, params, list: [] },
    inputs: [float("x", shape)],
    output: float("y", out),
  };
}

const FLAGS = ["-O2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

Deno.test({
  name: "C kernels of float32 operators are the reference's",
  ignore: !await hasTool("gcc"),
  async fn(context) {
    const runs: Run[] = [];
    for (const tested of Object.values(CASES)) {
      const size = tested.inputs[0].shape!.reduce((a, b) => a * b, 1);
      // A sum of huge numbers of both signs says little.
      const x = values(size).map((v) => tested.node.op === "Unary" || Math.abs(v) < 1e6 ? v : 1);
      runs.push({ model: readModel(await packCase(tested)), inputs: { x } });
    }
    const got = await runOnHost("gcc", FLAGS, runs);
    for (const [i, [name, tested]] of Object.entries(CASES).entries()) {
      await context.step(name, async () => {
        const { y } = await REFERENCE.run(await packCase(tested), runs[i].inputs);
        const found = new Float32Array(got[i].buffer as ArrayBuffer);
        const differs = found.findIndex((v, k) => !Object.is(v, y[k]));
        assert.equal(
          differs,
          -1,
          `${found[differs]}, wanted ${y[differs]}, at ${differs} of x ${
            runs[i].inputs.x[differs]
          }`,
        );
      });
    }
  },
});
