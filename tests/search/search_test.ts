/** Searches of a small model with few choices: what limits ask for, and what misses them. */
import assert from "node:assert/strict";
import { search, type SearchLimits, type SearchReport } from "../../mod.ts";
import type { Choice, Variants } from "../../converters/search/mod.ts";
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
