/** The parts of a search against brute force and examples worked by hand. */
import assert from "node:assert/strict";
import {
  bitsOf,
  choiceOf,
  divergences,
  Knapsack,
  lambdaOf,
  largestFactor,
  mean,
  nameOf,
  type Option,
  paretoFront,
  scaled,
  squaredErrors,
  standardError,
} from "../../converters/search/mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { closeIn, closeInByFactor } from "../../converters/stages/search/close_in.ts";
import { refine } from "../../converters/stages/search/refine.ts";
import { recipeOf, rulesOf, withFloatTail } from "../../converters/stages/search/rules.ts";
import { Random } from "../helpers/random.ts";

/** Bytes are whole buckets, so that rounding up loses nothing. */
function randomLayers(random: Random): Option[][] {
  return Array.from(
    { length: random.int(1, 5) },
    () =>
      Array.from({ length: random.int(1, 4) }, () => ({
        bytes: 16 * random.int(0, 20),
        loss: random.int(0, 9),
      })),
  );
}

function everyAssignment(layers: Option[][]): number[][] {
  return layers.reduce<number[][]>(
    (all, options) => all.flatMap((head) => options.map((_, option) => [...head, option])),
    [[]],
  );
}

function total(layers: Option[][], assignment: readonly number[], what: keyof Option): number {
  return assignment.reduce((sum, option, layer) => sum + layers[layer][option][what], 0);
}

Deno.test("knapsack: as good as the best of all assignments, for every budget", () => {
  const random = new Random(1);
  for (let round = 0; round < 200; round++) {
    const layers = randomLayers(random);
    const sack = new Knapsack(layers, 16 * 80);
    for (const budget of [0, 16, 100, 160, 16 * 20 + 5, 16 * 80, 16 * 200]) {
      const fitting = everyAssignment(layers)
        .filter((one) => total(layers, one, "bytes") <= Math.min(budget, 16 * 80));
      const got = sack.choose(budget);
      if (!fitting.length) {
        assert.equal(got, null);
        continue;
      }
      assert(total(layers, got!, "bytes") <= budget);
      const best = Math.min(...fitting.map((one) => total(layers, one, "loss")));
      assert.equal(total(layers, got!, "loss"), best);
    }
  }
});

Deno.test("knapsack: by hand, and odd bytes are rounded up", () => {
  const layers = [
    [{ bytes: 100, loss: 0 }, { bytes: 40, loss: 5 }],
    [{ bytes: 60, loss: 0 }, { bytes: 20, loss: 1 }],
  ];
  const sack = new Knapsack(layers, 1000);
  assert.deepEqual(sack.choose(1000), [0, 0]);
  // 112 + 64 = 176 in buckets; 112 + 32 = 144.
  assert.deepEqual(sack.choose(176), [0, 0]);
  assert.deepEqual(sack.choose(160), [0, 1]);
  assert.deepEqual(sack.choose(143), [1, 0]);
  assert.deepEqual(sack.choose(80), [1, 1]);
  assert.equal(sack.choose(79), null);
  assert.equal(sack.choose(-5), null);
});

Deno.test("front: what no other beats, smallest first", () => {
  const points = [[30, 1], [10, 5], [20, 5], [20, 3], [40, 1], [15, 6], [30, 1]]
    .map(([bytes, loss], id) => ({ bytes, loss, id }));
  assert.deepEqual(paretoFront(points).map(({ id }) => id), [1, 3, 0]);
  assert.deepEqual(paretoFront([]), []);
});

Deno.test("divergence: two probabilities by hand, logits through softmax", () => {
  const [p, q] = [Float32Array.of(0.5, 0.5), Float32Array.of(0.25, 0.75)];
  const wanted = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3);
  assert(Math.abs(mean(divergences([p], [q])) - wanted) < 1e-6);
  assert(Math.abs(mean(divergences([p, p], [q, p])) - wanted / 2) < 1e-6);
  const logits = [Float32Array.of(7, 7), Float32Array.of(-1, -1 + Math.log(3))];
  assert(Math.abs(mean(divergences([logits[0]], [logits[1]])) - wanted) < 1e-6);
  assert.equal(mean(divergences([p], [p])), 0);
  // A probability of 0 costs much, not everything.
  const sure = mean(divergences([p], [Float32Array.of(1, 0)]));
  assert(sure > 5 && sure < 10, String(sure));
});

Deno.test("divergence, softened: T² times that of probabilities to the power of 1/T", () => {
  // 16/25 and 9/25 become 4/7 and 3/7 at T = 2.
  const [p, q] = [Float32Array.of(0.64, 0.36), Float32Array.of(0.5, 0.5)];
  const wanted = 4 * (4 / 7 * Math.log(8 / 7) + 3 / 7 * Math.log(6 / 7));
  assert(Math.abs(divergences([p], [q], 2)[0] - wanted) < 1e-6);
  const logits = [p, q].map((one) => [one.map((value) => 5 + Math.log(value))]);
  assert(Math.abs(divergences(logits[0], logits[1], 2)[0] - wanted) < 1e-6);
});

Deno.test("standard error: by hand", () => {
  // Mean 2, squares 1 + 1, over 2 and 3.
  assert.equal(standardError([1, 2, 3]), Math.sqrt(1 / 3));
  assert.equal(standardError([5]), 0);
});

Deno.test("squared error: noise to signal over all outputs", () => {
  const original = [[Float32Array.of(3, 0), Float32Array.of(4)]];
  const got = [[Float32Array.of(3, 1), Float32Array.of(2)]];
  assert.equal(mean(squaredErrors(original, got)), (1 + 4) / (9 + 16));
});

Deno.test("refinement: finds a pair that only counts together, within its budget and number", async () => {
  const options = Array.from({ length: 3 }, () => [{ bytes: 32, loss: 0 }, { bytes: 16, loss: 1 }]);
  const measured: string[] = [];
  const measure = (assignment: readonly number[]) => {
    measured.push(assignment.join(""));
    // The first and the second layer at their small options make up for each other.
    const [a, b, c] = assignment;
    return Promise.resolve([a && b ? 0.5 : a + b + c]);
  };
  const input = { options, start: [0, 1, 1], budget: 64, most: 10, measure };
  assert.deepEqual(await refine(input), [1, 1, 0]);
  assert.equal(new Set(measured).size, measured.length);
  const few = await refine({ ...input, most: 1 });
  assert.deepEqual(few, [0, 1, 1]);
});

Deno.test("refinement: what is better on average by luck alone is left", async () => {
  const options = [[{ bytes: 16, loss: 0 }, { bytes: 16, loss: 1 }]];
  // Gains of 8, −4, 0, 0: 1 on average, with a standard error of √(76 / 3 / 4) = 2.5.
  const lucky = { "0": [4, 4, 4, 4], "1": [-4, 8, 4, 4] };
  const clear = { "0": [4, 4, 4, 4], "1": [3, 3, 2, 3] };
  for (const [losses, wanted] of [[lucky, 0], [clear, 1]] as const) {
    const measure = ([a]: readonly number[]) => Promise.resolve(losses[a ? "1" : "0"]);
    assert.deepEqual(await refine({ options, start: [0], budget: 16, most: 4, measure }), [wanted]);
  }
});

Deno.test("rules: one for each choice, names together", () => {
  const choices = [{ weightBits: 8 }, { weightBits: 4 }, { weightBits: 2 }];
  assert.deepEqual(rulesOf(["a", "b", "c"], [1, 0, 1], choices), [
    { match: "b", weightBits: 8 },
    { match: ["a", "c"], weightBits: 4 },
  ]);
  assert.equal(nameOf({ weightBits: 4 }), "4 bits");
  assert.equal(nameOf({ weights: "float16" }), "float16");
  assert.equal(nameOf({ weights: "int8", weightBits: 5, percentile: 99 }), "5 bits, percentile 99");
});

Deno.test("recipe: what most layers have is said for all, and taken back for others", () => {
  const recipe = completeRecipe({ seed: 3 });
  const choices = [choiceOf(0), choiceOf(20), choiceOf(40), bitsOf(5)];
  const names = ["a", "b", "c", "d", "e"];
  assert.deepEqual(recipeOf(recipe, names, [2, 1, 2, 0, 3], choices), {
    ...recipe,
    rateDistortion: 40,
    layers: [
      { match: "d", rateDistortion: 0 },
      { match: "b", rateDistortion: 20 },
      { match: "e", rateDistortion: 0, weightBits: 5 },
    ],
  });
  assert.deepEqual(recipeOf(recipe, names, [2, 2, 2, 2, 2], choices), {
    ...recipe,
    rateDistortion: 40,
  });
  // Rules that are there already would win.
  const ruled = { ...recipe, layers: [{ match: "*", percentile: 99 }] };
  assert.deepEqual(recipeOf(ruled, ["a"], [1], choices).layers, [
    { match: "*", percentile: 99 },
    { match: "a", weights: "int8", rateDistortion: 20 },
  ]);
  // Ranges of activations are not the weights'.
  const ranges = recipeOf(recipe, ["a"], [0], [{ percentile: 99 }]);
  assert.deepEqual(ranges, { ...recipe, layers: [{ match: "a", percentile: 99 }] });
});

Deno.test("what has no weights is float behind the last layer in integers", () => {
  const [nodes, layers] = [["a", "add1", "b", "add2", "c", "pool"], ["a", "b", "c"]];
  const float = (match: string[]) =>
    completeRecipe({ layers: [{ match, activations: "float32" }] });
  const tail = withFloatTail(float(["b", "c"]), nodes, layers);
  const match = ["add1", "add2", "pool"];
  assert.deepEqual(tail.layers.slice(1), [{ match, activations: "float32" }]);
  assert.equal(tail.activations, "int8");
  // A layer in integers needs what comes into it in integers.
  assert.deepEqual(withFloatTail(float(["a"]), nodes, layers), float(["a"]));
  assert.deepEqual(withFloatTail(completeRecipe({}), nodes, layers), completeRecipe({}));
  assert.equal(withFloatTail(float(layers), nodes, layers).activations, "float32");
});

const BUDGETS: [budget: number, tried: number, within: boolean][] = [
  [700, 4, true],
  [310, 4, true],
  [1000, 0, true],
  [100, 0, false],
  [2000, 0, true],
];

for (const [budget, most, within] of BUDGETS) {
  Deno.test(`λ for ${budget} bytes: in at most ${most} files`, async () => {
    // Nearly even in log λ: 1000 bytes at 1, 200 at 1000.
    const bytesOf = (lambda: number) => Math.round(1000 - 800 * (Math.log10(lambda) / 3) ** 1.2);
    const made = [1, 30, 1000].map((lambda) => ({ lambda, bytes: bytesOf(lambda) }));
    const before = made.length;
    await closeIn(budget, made.slice(), (lambda) => {
      made.push({ lambda, bytes: bytesOf(lambda) });
      return Promise.resolve(bytesOf(lambda));
    });
    assert(made.length - before <= most);
    const fitting = made.filter(({ bytes }) => bytes <= budget).map(({ bytes }) => bytes);
    if (most) assert(Math.max(...fitting) >= 0.995 * budget, String(fitting));
    assert.equal(fitting.length > 0, within);
  });
}

const FACTORS: [bytes: number, most: number, within: boolean][] = [
  [1000, 0, true],
  [996, 0, true],
  [1100, 2, true],
  [900, 2, true],
  [3000, 4, true],
];

for (const [bytes, most, within] of FACTORS) {
  Deno.test(`factor of all λs from ${bytes} to 1000 bytes: in at most ${most} files`, async () => {
    const made: number[] = [];
    const bytesOf = (factor: number) => {
      made.push(Math.round(bytes * factor ** -0.23));
      return Promise.resolve(made[made.length - 1]);
    };
    const factor = await closeInByFactor(1000, bytes, bytesOf);
    assert(made.length <= most, String(made));
    assert.equal(factor !== null, within);
    const fitting = [bytes, ...made].filter((one) => one <= 1000);
    assert(Math.max(...fitting) >= 995, String(made));
  });
}

Deno.test("factor of all λs: a step that is all noise does not end the search", async () => {
  // What a small file took: the factor of 1.01 cost 8 bytes more.
  const bytesOf = (factor: number) => Promise.resolve(factor > 1.02 ? 2484 : 2509);
  const factor = await closeInByFactor(2500, 2501, bytesOf);
  assert(factor !== null && factor > 1.02 && factor < 1.2, String(factor));
});

Deno.test("factor of all λs: bytes that do not come from λ are left", async () => {
  let made = 0;
  const bytesOf = () => Promise.resolve(1100 - made++);
  assert.equal(await closeInByFactor(1000, 1100, bytesOf), null);
  assert.equal(made, 1);
});

Deno.test("factor of all λs: none is larger than recipes can say", async () => {
  const factors: number[] = [];
  const bytesOf = (factor: number) => {
    factors.push(factor);
    return Promise.resolve(3000 * factor ** -0.2);
  };
  const most = largestFactor([choiceOf(0), choiceOf(40), choiceOf(400)]);
  assert.equal(most, 25);
  assert.equal(await closeInByFactor(1000, 3000, bytesOf, most), null);
  assert.deepEqual(factors, [25]);
  assert.equal(largestFactor([bitsOf(4)]), null);
});

Deno.test("choices: a λ times a factor has three digits, others stay", () => {
  assert.deepEqual(scaled(choiceOf(40), 1.23456), { weights: "int8", rateDistortion: 49.4 });
  assert.deepEqual(scaled(bitsOf(5), 2), { weights: "int8", weightBits: 5 });
});

Deno.test("choices: a λ is one, and only a λ has one", () => {
  assert.equal(lambdaOf(choiceOf(30)), 30);
  assert.equal(lambdaOf(choiceOf(0)), null);
  assert.equal(lambdaOf({ weights: "int8", rateDistortion: 30, prune: "2:4" }), null);
  assert.equal(lambdaOf({ weights: "int4", rateDistortion: 30 }), null);
  assert.equal(nameOf(choiceOf(30)), "8 bits, λ 30");
});
