/**
 * Finds what to give each layer, so that the model keeps to its limits and loses least.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import { defaultCalibration } from "../../data/mod.ts";
import { canonicalRecipe, completeRecipe, type Recipe } from "../../recipe/mod.ts";
import {
  CHOICES,
  isFloatChoice,
  nameOf,
  paretoFront,
  TIMED_CHOICES,
  UNIFORM_CHOICES,
  VARIANTS,
} from "../../search/mod.ts";
import { VERSION } from "../../version.ts";
import { chooseRanges } from "../choose_ranges.ts";
import { readSource, sha256, type SourceModel } from "../read_source.ts";
import { openSamples, type Samples } from "../samples.ts";
import { defaultCacheFolder } from "../statistics_cache.ts";
import type { TriedAssignment } from "./attempts.ts";
import { findCandidates } from "./candidates.ts";
import { best, missesOf } from "./limits.ts";
import { measureOptions } from "./measure_options.ts";
import { refit, sizesOf } from "./refit.ts";
import type { Candidate, SearchReport } from "../../check/search.ts";
import type { SearchOptions } from "./search_options.ts";
import { SearchState } from "./state.ts";
import { Workbench } from "./workbench.ts";

/**
 * Views of every calibration picture, unless the recipe says: of 50 pictures, weights rounded for these
 * as well take 2 to 3% fewer bytes for the same divergence (ResNet-8, ResNet-20).
 */
const VIEWS = 2;

/**
 * Every layer is measured alone with every choice (`measureOptions`), assignments are chosen by
 * knapsack and refined by measuring (`findCandidates`), converted as whole recipes and compared on
 * samples that did not calibrate; the best of them is converted again with these samples, too
 * (`refit`), and evaluated on others still. The same model,
 * data, recipe and seed give the same answer, unless latency is limited, which is measured.
 * @throws KedgeError `data/missing` without samples, `usage/recipe` when no layer is quantized,
 *   `usage/choices` when the first choice is in float.
 */
export async function search(options: SearchOptions): Promise<SearchReport> {
  const progress = options.progress ?? (() => {});
  const given = completeRecipe({ coder: "auto", views: VIEWS, ...options.recipe });
  progress("import", 0, 1);
  const source = await readSource(options.model, given);
  const { samples, recipe: open } = await splitInThree(source, options, given);
  const recipe = await chooseRanges(source.core, samples, open, progress);
  const timed = options.maxLatencyMs !== undefined;
  const choices = options.choices ?? (timed ? TIMED_CHOICES : CHOICES);
  if (isFloatChoice(choices[0])) throw firstInFloat(nameOf(choices[0]));
  const workbench = new Workbench(
    {
      ...{ source, samples, recipe, choices, labels: options.labels, sizeOf: options.sizeOf },
      uniform: options.choices ? [] : UNIFORM_CHOICES,
      variants: options.variants ?? VARIANTS,
    },
    progress,
  );
  if (!workbench.layers.length) throw noLayers(recipe);
  const key = await keyOf(source, samples, recipe, choices, options.sizeOf ? "shipped" : "file");
  const folder = options.cache === undefined ? defaultCacheFolder() : options.cache;
  const file = options.state ?? (folder && `${folder}/search_${key.slice(0, 16)}.json`);
  const state = await SearchState.open(file, key);
  try {
    const layers = await measureOptions(workbench, state, options.maxLatencyMs, progress);
    const tried = await findCandidates({
      ...{ workbench, state, layers, limits: options, progress },
      compare: options.compare ?? false,
    });
    const front = new Set(paretoFront(tried));
    const chosen = best(tried, options);
    const publish = (one: TriedAssignment): Candidate => {
      const { assignment, ...rest } = one;
      return { ...rest, rules: workbench.rules(assignment), front: front.has(one) };
    };
    const final = await refit(workbench, state, chosen, options);
    const shipped = {
      ...publish(chosen),
      ...final.sizes,
      rules: final.bench.rules(final.assignment),
    };
    const { calibrationSamples } = final.bench.parts.recipe;
    const evaluate = (assignment: readonly number[]) =>
      state.remember(
        `evaluate ${calibrationSamples} ${final.bench.keyOf(assignment)}`,
        () => final.bench.evaluate(assignment),
      );
    const evaluation = await evaluate(final.assignment);
    const uniform: SearchReport["uniform"] = [];
    for (const { name, assignment } of options.compare ? tried.filter(isUniform) : []) {
      const accuracy = await evaluate(assignment);
      const { bytes } = await sizesOf(final.bench, state, assignment);
      if (accuracy) uniform.push({ name, bytes, accuracy });
    }
    const bytesByLayer = await final.bench.bytesByLayer(final.assignment);
    if (!options.state) await state.remove();
    const { budget, maxDrop, maxArena, maxLatencyMs } = options;
    const { split } = samples;
    return {
      schema: "kedge/search/1",
      kedge: VERSION,
      model: { name: source.name, sha256: source.sha256 },
      limits: { budget, maxDrop, maxArena, maxLatencyMs },
      samples: {
        seed: recipe.seed,
        calibration: split!.calibration,
        selection: split!.selection,
        evaluation: split!.evaluation,
      },
      layers: layers.map((layer, i) => ({
        ...layer,
        chosen: final.bench.nameOf(final.assignment[i]),
        bytes: bytesByLayer[i],
      })),
      candidates: tried.map(publish).sort((a, b) => a.bytes - b.bytes),
      chosen: shipped,
      evaluation,
      uniform,
      recipe: final.bench.recipe(final.assignment),
      misses: missesOf(shipped, options),
    };
  } finally {
    await state.write();
  }
}

/** Sets samples aside to choose by, as many as calibrate by default. */
async function splitInThree(
  { core }: SourceModel,
  paths: { data?: string; calibration?: string },
  given: Recipe,
): Promise<{ samples: Samples; recipe: Recipe }> {
  const { calibration } = await openSamples(core, paths, given);
  if (!calibration) {
    throw new KedgeError({
      code: "data/missing",
      message: "Searching: there are no samples to measure with",
      wanted: "samples of what the model will see, labelled or not",
      hint: "give --data",
    });
  }
  const { count } = calibration.dataset;
  const left = count - calibration.indices.length;
  const wanted = given.selectionSamples || Math.min(left, defaultCalibration(count));
  const recipe = { ...given, selectionSamples: wanted };
  return { recipe, samples: await openSamples(core, paths, recipe) };
}

function isUniform({ assignment }: TriedAssignment): boolean {
  return assignment.every((choice) => choice === assignment[0]);
}

/** Changes with what is kept in the file of a search. */
const FORM = "3";

/** Hash of all that decides what is measured. */
async function keyOf(
  source: SourceModel,
  { calibration, selection }: Samples,
  recipe: Recipe,
  choices: unknown,
  counted: string,
): Promise<string> {
  const parts = [
    VERSION,
    FORM,
    source.sha256,
    canonicalRecipe(recipe),
    JSON.stringify(choices),
    counted,
  ];
  for (const chosen of [calibration, selection]) {
    for (const index of chosen?.indices ?? []) {
      for (const values of await chosen!.dataset.inputs(index)) {
        parts.push(await sha256(new Uint8Array(values.slice().buffer)));
      }
    }
  }
  return await sha256(new TextEncoder().encode(parts.join("\n")));
}

function noLayers({ weights }: Recipe): KedgeError {
  return new KedgeError({
    code: "usage/recipe",
    message: "Searching: the recipe quantizes no layer",
    got: `${weights} weights`,
    wanted: "integer weights in some layer with weights",
    hint: "use --weights int8",
  });
}

function firstInFloat(got: string): KedgeError {
  return new KedgeError({
    code: "usage/choices",
    message: "Searching: the first choice, with which every layer begins, is in float",
    got,
    wanted: "integer weights first",
    hint: 'begin the choices with {"weightBits": 8}',
  });
}
