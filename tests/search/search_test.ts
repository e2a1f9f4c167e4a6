/** Searches of a small model with few choices: what limits ask for, and what misses them. */
import assert from "node:assert/strict";
import { search, type SearchLimits, type SearchReport } from "../../mod.ts";
import { completeRecipe } from "../../converters/recipe/mod.ts";
import { type Choice, choiceOf, type Variants } from "../../converters/search/mod.ts";
import { withSmallTask } from "../helpers/small_task.ts";

const NONE: Variants = { smaller: [], nearer: [] };
const CHOICES = [8, 5, 3].map((weightBits) => ({ weights: "int8" as const, weightBits }));

/** Searches within limits, with other choices and variants where these are given. */
async function searched(
  limits: SearchLimits & { choices?: Choice[]; variants?: Variants },
): Promise<SearchReport> {
  return await withSmallTask(({ folder, model, data }) =>
    search({
      ...{ model, data, choices: CHOICES, state: `${folder}/state.json`, variants: NONE },
      ...limits,
    })
  );
}

Deno.test("search: a largest drop alone gives the smallest file that keeps to it", async () => {
  const { chosen, candidates, misses } = await searched({ maxDrop: 0.03 });
  assert.deepEqual(misses, []);
  assert(chosen.accuracy.drop <= 0.03);
  for (const { bytes, accuracy } of candidates) {
    assert(bytes >= chosen.bytes || accuracy.drop > 0.03);
  }
});

Deno.test("search: what cannot be had is missed, and the nearest to it is given", async () => {
  const { misses, chosen, candidates, layers } = await searched({
    ...{ budget: 500, maxArena: 100, maxLatencyMs: 1e-5 },
  });
  const codes = misses.map(({ code }) => code);
  assert.deepEqual(codes, ["budget/bytes", "budget/arena", "budget/latency"]);
  for (const { options } of layers) for (const { ms } of options) assert(ms! > 0);
  assert(chosen.estimatedMs! > 0);
  assert(candidates.every(({ arenaBytes }) => arenaBytes === chosen.arenaBytes));
});

/** What more time would allow. */
const FLOAT = { settings: { activations: "float32" as const }, share: 1 };

Deno.test("search: a size that nothing meets is missed by the smallest file, of a recipe all the same", async () => {
  const smaller = [{ settings: { pruneChannels: 0.8 }, share: 1 }];
  const choices = [0, 320].map(choiceOf);
  const { chosen, candidates, misses, recipe } = await searched({
    ...{ budget: 300, choices, variants: { smaller, nearer: [FLOAT] } },
  });
  assert.deepEqual(misses.map(({ code, got }) => [code, got]), [
    ["budget/bytes", `${chosen.bytes} bytes`],
  ]);
  assert.equal(chosen.bytes, Math.min(...candidates.map(({ bytes }) => bytes)));
  assert.deepEqual(completeRecipe(recipe), recipe);
  // More time is no bytes.
  assert(!candidates.some(({ name }) => name.includes("float32")));
});

Deno.test("search: a λ beyond those listed is found where the size asks for it", async () => {
  const { chosen, misses, candidates } = await searched({
    ...{ budget: 1950, choices: [0, 320].map(choiceOf) },
  });
  assert.deepEqual(misses, []);
  assert(candidates.find(({ name }) => name === "8 bits, λ 320")!.bytes > 1950);
  assert.match(chosen.name, /^8 bits, λ 320, λ × 1\.\d+$/);
});

Deno.test("search: a size that weights alone do not meet is met by fewer channels", async () => {
  const smaller = [0.2, 0.4].map((pruneChannels) => ({ settings: { pruneChannels }, share: 1 }));
  const { chosen, misses, recipe } = await searched({
    ...{ budget: 2750, choices: CHOICES.slice(0, 1), variants: { smaller, nearer: [] } },
  });
  assert.deepEqual(misses, []);
  assert.equal(chosen.name, "8 bits, 40% fewer channels");
  assert.equal(recipe.pruneChannels, 0.4);
});

Deno.test("search: with time and bytes to spare, layers stay in float", async () => {
  const settings = { activations: "float32" as const };
  const nearer = [0.5, 1].map((share) => ({ settings, share }));
  const choices: Choice[] = [...CHOICES, { weights: "float16" }];
  const { chosen, candidates, layers, misses } = await searched({
    ...{ budget: 4600, maxLatencyMs: 1000, choices, variants: { smaller: [], nearer } },
  });
  assert.deepEqual(misses, []);
  const float = layers.filter(({ chosen }) => chosen.startsWith("float16")).length;
  assert(float > 0 && float < layers.length, String(float));
  const plain = candidates.find(({ name }) => name === "8 bits")!;
  assert(chosen.loss < plain.loss / 2 && chosen.bytes > plain.bytes);
  assert(candidates.every(({ estimatedMs }) => estimatedMs! > 0));
});
