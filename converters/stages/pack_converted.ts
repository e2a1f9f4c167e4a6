/**
 * A compressed graph as the .kedge file that is shipped: with its data's preprocessing and labels,
 * golden samples, and where it came from.
 * @module
 */
import type { GoldenSample } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { pack, type PackMeta } from "../pack/mod.ts";
import { planMemory } from "../plan/mod.ts";
import { canonicalRecipe, type Recipe, type Strippable } from "../recipe/mod.ts";
import { VERSION } from "../version.ts";
import { goldenCount, goldenInput, goldenSample } from "./golden.ts";
import type { SourceModel } from "./read_source.ts";
import type { Samples } from "./samples.ts";

/** What is packed beside the graph. */
export interface PackParts {
  source: Pick<SourceModel, "name" | "sha256">;
  samples: Samples;
  recipe: Recipe;
  /** Class names, instead of those of the data. */
  labels?: string[];
}

/**
 * Packs a graph, without what the recipe strips.
 * @param golden samples of another graph, where only the number of bytes counts.
 */
export async function packConverted(
  { source, samples, recipe, labels }: PackParts,
  graph: CoreGraph,
  golden?: GoldenSample[],
): Promise<{ bytes: Uint8Array<ArrayBuffer>; golden: GoldenSample[] }> {
  const without = (part: Strippable) => recipe.strip.includes(part);
  const dataset = (samples.evaluation ?? samples.calibration)?.dataset;
  const meta = (golden: GoldenSample[]): PackMeta => ({
    coder: recipe.coder,
    preprocess: dataset?.preprocess ?? null,
    nameless: without("names"),
    labels: without("labels") ? [] : labels ?? dataset?.classNames ?? [],
    golden: without("golden") ? [] : golden,
    provenance: without("provenance") ? { name: source.name, sha256: "", kedge: "", recipe: "" } : {
      name: source.name,
      sha256: source.sha256,
      kedge: VERSION,
      recipe: canonicalRecipe(recipe),
    },
  });
  const plan = planMemory(graph);
  const made = golden ?? [];
  if (!golden && !without("golden")) {
    const bare = readModel(await pack(graph, plan, { ...meta([]), coder: "none" }));
    for (let i = 0; i < goldenCount(bare); i++) {
      made.push(goldenSample(bare, await goldenInput(bare, samples, i)));
    }
  }
  return { bytes: await pack(graph, plan, meta(made)), golden: made };
}
