/** What bits are worth: as by hand on two layers, and the same on average as steps of 8 bits. */
import assert from "node:assert/strict";
import { bitPrices } from "../../converters/stages/bit_prices.ts";
import type { Dataset } from "../../converters/data/mod.ts";
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { float32, OPEN } from "../helpers/float_graphs.ts";
import { graphOf, node, noise } from "../helpers/small_models.ts";

const SAMPLES = 12;

/** h = W₁·x, y = W₂·h; each value of x is ±1. */
function network(first: number[], second: number[]): CoreGraph {
  return graphOf(
    [
      node("FullyConnected", ["x", "w1"], "h", OPEN),
      node("FullyConnected", ["h", "w2"], "y", OPEN),
    ],
    [
      ...[float32("x", [1, 2]), float32("w1", [2, 2], first), float32("h", [1, 2])],
      ...[float32("w2", [2, 2], second), float32("y", [1, 2])],
    ],
    ["y"],
  );
}

function samples() {
  const dataset: Dataset = {
    ...{ count: SAMPLES, labels: null, preprocess: null, metric: "agreement", classNames: [] },
    source: "test",
    inputs: (i) => Promise.resolve([noise(2, i).map((value) => Math.sign(value) || 1)]),
  };
  const indices = Array.from({ length: SAMPLES }, (_, i) => i);
  return { split: null, evaluation: null, calibration: { dataset, indices } };
}

Deno.test("a bit saves the same error of the output in each channel and layer", async () => {
  // z = ±(y₀ − y₁) = ±(3·h₀ − h₁ / 2).
  const prices = await bitPrices(network([1, 0, 0, 4], [3, 0, 0, 0.5]), samples(), 0);
  const [first, second] = [...prices!.values()].map(({ prices }) => prices);
  const near = (got: number, wanted: number) => assert(Math.abs(got / wanted - 1) < 1e-6, `${got}`);
  // An error in h₀ comes out 3 times as large, one in h₁ half as large.
  near(first[1] / first[0], 9 / 0.25);
  near(second[0], second[1]);
  near(second[0] / first[0], 9);
  // Squared steps: inputs' mean squares are 1, and those of h (1 + 16) / 2.
  const steps = [1 / 127, 4 / 127, 3 / 127, 0.5 / 127];
  const powers = [1, 1, 8.5, 8.5];
  const lambdas = [...first, ...second].map((price, i) => price / (powers[i] * steps[i] ** 2));
  near(lambdas.reduce((product, lambda) => product * lambda), 1);
});

Deno.test("errors of two channels cost together what the output sees of both", async () => {
  // z = ±(3·h₀ − h₁ / 2), and ±(y₀ − y₁).
  const prices = await bitPrices(network([1, 0, 0, 4], [3, 0, 0, 0.5]), samples(), 0);
  const wanted = [[1, -1 / 6, -6, 1], [1, -1, -1, 1]];
  for (const [i, { shares }] of [...prices!.values()].entries()) {
    shares!.forEach((share, k) => assert(Math.abs(share - wanted[i][k]) < 1e-5, `${share}`));
  }
});

Deno.test("what nothing depends on has a price all the same, and dead weights tell nothing", async () => {
  const live = await bitPrices(network([1, 0, 0, 4], [3, 0, 0.5, 0]), samples(), 0);
  const [first] = [...live!.values()].map(({ prices }) => prices);
  assert(first.every((price) => price > 0 && price < Infinity));
  assert(first[1] > 100 * first[0]);
});

Deno.test("an output that never changes has no prices", async () => {
  assert.equal(await bitPrices(network([0, 0, 0, 0], [1, 1, 1, 1]), samples(), 0), null);
});
