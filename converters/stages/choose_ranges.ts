/**
 * Chooses how the ranges of activations are found, by what the outputs lose.
 * @module
 */
import { quantize, quantizeWeightsOnly } from "../compress/mod.ts";
import { RangeObserver } from "../data/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { isFloat, type LayerSettings, type Recipe, recipeFor } from "../recipe/mod.ts";
import { mean, standardError } from "../search/mod.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { rangeSettings, runFloat } from "./calibrate.ts";
import type { Progress } from "./options.ts";
import type { Samples } from "./samples.ts";
import { Trials } from "./trials.ts";

/** A way to find ranges. */
type Way = Exclude<LayerSettings["calibrate"], "auto">;

/** What is compared; the first is taken unless another is clearly better. */
const COMPARED: readonly Way[] = ["minmax", "percentile", "mse"];
/** Samples that ways are compared on, at most, and multiplications of all their runs together. */
const COMPARED_ON = 128;
const PRODUCTS = 5e10;
/** The same of the samples that ranges are found on. */
const RANGED_ON = 512;
const RANGED_PRODUCTS = 1e11;
/** Standard errors that a gain has to be larger than. */
const CLEARLY = 1;
/** Losses are told apart down to this share of their mean. */
const LEAST = 1e-3;

/** What was chosen before, by graph and by all else that decides it. */
const KNOWN = new WeakMap<CoreGraph, Map<string, Promise<Way>>>();

/**
 * The recipe with a way to find ranges wherever it says `auto`.
 *
 * Two-fold cross-validation on the calibration samples: ranges are found on all but a part by each
 * way, and the model with these, its weights in plain 8 bits, is compared with the float model on
 * that part. Ranges are found on nearly as many samples as they will be, as some ways give wider ones
 * the more values there are. Losses of samples differ by orders of magnitude, so that a few would decide by their mean;
 * what counts is the mean of their logarithms' differences, as a paired test over samples has it.
 */
export async function chooseRanges(
  core: CoreGraph,
  samples: Samples,
  recipe: Recipe,
  progress: Progress,
): Promise<Recipe> {
  const settings = core.nodes.map(({ name }) => recipeFor(recipe, name));
  // The recipe's own way is for the model's inputs as well.
  const open = [recipe, ...settings].some(({ calibrate }) => calibrate === "auto");
  if (!open) return recipe;
  const counts = settings.some(({ activations }) => activations === "int8");
  if (!samples.calibration || !counts) return withRanges(recipe, COMPARED[0]);
  const known = KNOWN.get(core) ?? new Map<string, Promise<Way>>();
  KNOWN.set(core, known);
  const { dataset, indices } = samples.calibration;
  const integers = settings.map((one) => [one.calibrate, one.percentile, one.activations]);
  const key = JSON.stringify([dataset.source, indices, integers, recipe.scales]);
  const found = known.get(key) ?? compare(core, samples.calibration, recipe, progress);
  known.set(key, found);
  return withRanges(recipe, await found);
}

function withRanges(recipe: Recipe, way: Way): Recipe {
  const settle = <S extends Partial<LayerSettings>>(settings: S): S =>
    settings.calibrate === "auto" ? { ...settings, calibrate: way } : settings;
  return { ...settle(recipe), layers: recipe.layers.map(settle) };
}

/** The way with the least loss, if it is clearly less than the first one's. */
async function compare(
  core: CoreGraph,
  { dataset, indices }: NonNullable<Samples["calibration"]>,
  recipe: Recipe,
  progress: Progress,
): Promise<Way> {
  const ranged = spreadOver(indices, affordableSamples(core, RANGED_PRODUCTS, RANGED_ON));
  const places = [...ranged.keys()];
  const compared = spreadOver(places, affordableSamples(core, PRODUCTS, COMPARED_ON));
  // Of one sample, there is no other part.
  if (compared.length < 2) return COMPARED[0];
  const partOf = new Map(compared.map((place, i) => [place, i % 2]));
  const recipes = COMPARED.map((way) => plain8(withRanges(recipe, way)));
  const observers = [0, 1].map(() =>
    recipes.map((one) => {
      const settings = new Map(core.nodes.map((node) => [node.output, recipeFor(one, node.name)]));
      return new RangeObserver((tensor) => rangeSettings(settings.get(tensor) ?? one));
    })
  );
  const steps = ranged.length + 2 * COMPARED.length;
  const original = await runFloat(
    core,
    dataset,
    ranged,
    (name, values, place) => {
      observers.forEach((seen, part) => {
        if (partOf.get(place) !== part) seen.forEach((observer) => observer.observe(name, values));
      });
    },
    (done) => progress("ranges", done, steps),
  );
  const losses: number[][] = COMPARED.map(() => []);
  for (const [part, seen] of observers.entries()) {
    const others = compared.filter((place) => partOf.get(place) === part);
    const trials = new Trials(
      { dataset, indices: others.map((place) => ranged[place]) },
      others.map((place) => original[place]),
    );
    for (const [way, observer] of seen.entries()) {
      const options = { recipe: recipes[way] };
      const { graph } = quantizeWeightsOnly(
        quantize(core, observer.ranges(), options).graph,
        options,
      );
      losses[way].push(...trials.losses(await trials.run(graph)));
      progress("ranges", ranged.length + part * COMPARED.length + way + 1, steps);
    }
  }
  return COMPARED[leastLoss(losses)];
}

/** The recipe with weights of 8 bits wherever they are integers. */
function plain8(recipe: Recipe): Recipe {
  const widen = <S extends Partial<LayerSettings>>(settings: S): S => ({
    ...settings,
    ...settings.weights && !isFloat(settings.weights) && { weights: "int8" },
    ...settings.weightBits && { weightBits: 8 },
  });
  return { ...widen(recipe), layers: recipe.layers.map(widen) };
}

/**
 * Number of the list whose losses are least, by the mean of the logarithms; 0 unless that is less by
 * more than a standard error of the paired differences, and the mean loss is no more.
 * @param losses of the same samples, in the same order.
 */
export function leastLoss(losses: readonly (readonly number[])[]): number {
  const least = LEAST * mean(losses.flat()) || 1;
  const logs = losses.map((list) => list.map((loss) => Math.log(Math.max(loss, least))));
  let [best, most] = [0, 0];
  losses.forEach((list, i) => {
    const gains = logs[0].map((value, sample) => value - logs[i][sample]);
    const gain = mean(gains);
    if (mean(list) > mean(losses[0]) || gain <= CLEARLY * standardError(gains)) return;
    if (gain > most) [best, most] = [i, gain];
  });
  return best;
}
