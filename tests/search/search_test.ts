/** Searches of the example with few choices: what limits ask for, and what misses them. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { search, type SearchLimits, type SearchReport } from "../../mod.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));
const CHOICES = [8, 5, 3].map((weightBits) => ({ weights: "int8" as const, weightBits }));

async function searched(limits: SearchLimits): Promise<SearchReport> {
  const folder = await Deno.makeTempDir();
  try {
    return await search({
      ...{ model: `${EXAMPLE}model.onnx`, data: `${EXAMPLE}data.json`, choices: CHOICES },
      ...{ state: `${folder}/state.json`, ...limits },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
    ...{ budget: 5000, maxArena: 1000, maxLatencyMs: 1e-5 },
  });
  const codes = misses.map(({ code }) => code);
  assert.deepEqual(codes, ["budget/bytes", "budget/arena", "budget/latency"]);
  for (const { options } of layers) for (const { ms } of options) assert(ms! > 0);
  assert(chosen.estimatedMs! > 0);
  assert(candidates.every(({ arenaBytes }) => arenaBytes === chosen.arenaBytes));
});
