/** Losses of training by hand, and the lessons of an original. */
import assert from "node:assert/strict";
import { divergenceLoss, squaredLoss } from "../../converters/compress/mod.ts";
import { teacherOf } from "../../converters/stages/teacher.ts";
import { float32, OPEN } from "../helpers/float_graphs.ts";
import { graphOf, node } from "../helpers/small_models.ts";
import { FLOAT32_SUMS } from "../helpers/tolerances.ts";

const near = (got: number, wanted: number) =>
  assert.ok(Math.abs(got - wanted) < FLOAT32_SUMS, `${got}, wanted ${wanted}`);

Deno.test("squared loss by hand: half of 1² + 2², with its slope on top of what is there", () => {
  const gradient = Float32Array.of(1, 1);
  const [values, target] = [Float32Array.of(3, 0), Float32Array.of(2, 2)];
  assert.equal(squaredLoss(values, target, 0.5, gradient), 2.5);
  assert.deepEqual([...gradient], [2, -1]);
  assert.equal(squaredLoss(values, target, 0.5, null), 2.5);
});

Deno.test("divergence by hand: ¾ and ¼ against a half each, wherever the scores lie", () => {
  for (const offset of [0, 4]) {
    const gradient = new Float32Array(2);
    const target = Float32Array.of(Math.log(3) + offset, offset);
    const loss = divergenceLoss(Float32Array.of(7, 7), target, 2, gradient);
    const wanted = 2 * (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5));
    assert.ok(Math.abs(loss - wanted) < FLOAT32_SUMS, String(loss));
    assert.ok(Math.abs(gradient[0] + 0.5) < FLOAT32_SUMS, String(gradient[0]));
    assert.ok(Math.abs(gradient[0] + gradient[1]) < FLOAT32_SUMS);
  }
  assert.equal(divergenceLoss(Float32Array.of(1, 2), Float32Array.of(1, 2), 1, null), 0);
});

Deno.test("a lesson by hand: what the student has of the original's channels", async () => {
  const graph = graphOf(
    [node("FullyConnected", ["x", "w"], "y", OPEN), node("FullyConnected", ["y", "v"], "z", OPEN)],
    [
      ...[float32("x", [1, 1]), float32("y", [1, 3]), float32("z", [1, 1])],
      ...[float32("w", [3, 1], [1, 2, 3]), float32("v", [1, 3], [1, 1, 1])],
    ],
    ["z"],
  );
  const teach = await teacherOf(graph, new Map([["y", [0, 2]]]), ["x"], ["y", "z"]);
  const { feeds, targets } = teach([Float32Array.of(2)]);
  assert.deepEqual([...feeds.get("x")!], [2]);
  assert.deepEqual([...targets.get("y")!], [2, 6]);
  near(targets.get("z")![0], 12);
});
