/**
 * What every layer costs and loses by every choice.
 * @module
 */
import { weightsOf } from "../../compress/mod.ts";
import type { Progress } from "../options.ts";
import {
  type Choice,
  choiceOf,
  isFloatChoice,
  lambdaOf,
  leastLosses,
  lossCurve,
  type LossPoint,
  mean,
  pricedLosses,
  standardError,
} from "../../search/mod.ts";
import type { MeasuredLayer } from "./attempts.ts";
import type { SearchState } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/** Standard errors within which a measurement is taken to be right. */
const SURE = 2;

/**
 * Quantizes the whole model by each choice, then puts each layer of it alone into the model of the
 * first choice. Its loss is what the divergence grows by. A measured one is noise where it is small,
 * and a knapsack picks what noise favours; so a layer's losses are taken from a curve over its
 * weights' squared errors (`lossCurve`) through these, within two standard errors of each, and are not
 * less than λ lets expect (`leastLosses`). Float weights lose nothing, all others then what the first
 * choice's errors cost by the curve as well.
 * @param maxLatencyMs when given, layers are timed, too.
 */
export async function measureOptions(
  workbench: Workbench,
  state: SearchState,
  maxLatencyMs: number | undefined,
  progress: Progress,
): Promise<MeasuredLayer[]> {
  const { layers, parts: { choices, source: { core } } } = workbench;
  const none = layers.map(() => 0);
  const base = await state.remember("base", () => workbench.losses(none));
  const measured = layers.map((node): MeasuredLayer => ({
    name: node.name,
    parameters: weightsOf(core, node)!.data.length,
    options: [],
  }));
  const points = layers.map((): LossPoint[] => []);
  for (const choice of choices.keys()) {
    const times = maxLatencyMs === undefined
      ? null
      : await state.remember(`times ${choice}`, () => workbench.layerTimes(choice));
    for (const layer of layers.keys()) {
      progress("measure", choice * layers.length + layer, choices.length * layers.length);
      const { bytes, loss, deviation, error } = await state.remember(
        `layer ${layer} ${choice}`,
        async () => {
          const same = choice === 0 || workbench.isFloat(choice);
          const losses = same ? base : await workbench.losses(none.with(layer, choice));
          const grown = losses.map((loss, sample) => loss - base[sample]);
          return {
            bytes: await workbench.layerBytes(layer, choice),
            ...{ loss: mean(grown), deviation: standardError(grown) },
            error: await workbench.weightError(layer, choice),
          };
        },
      );
      points[layer].push({ error, loss, deviation });
      measured[layer].options.push({
        choice: workbench.nameOf(choice),
        ...{ bytes, loss: 0, measured: workbench.isFloat(choice) ? null : loss },
        ms: times && times[layer],
      });
    }
  }
  return withLosses(measured, points, choices);
}

/**
 * The layers with losses by the curves, as far as measurements do not contradict them, and not less
 * than λ lets expect; beyond those of the first choice, or of float weights where there are some.
 */
function withLosses(
  layers: readonly MeasuredLayer[],
  points: readonly LossPoint[][],
  choices: readonly Choice[],
): MeasuredLayer[] {
  const float = choices.findIndex(isFloatChoice);
  const firsts: number[] = [];
  const losses = points.map((list) => {
    const errors = list.map(({ error }) => Math.max(0, error - list[0].error));
    const curve = lossCurve(list.map((point, i) => ({ ...point, error: errors[i] })));
    firsts.push(float < 0 ? 0 : curve(list[0].error));
    return list.map(({ loss, deviation }, i) => {
      const [low, high] = [loss - SURE * deviation, loss + SURE * deviation];
      return Math.max(0, Math.min(high, Math.max(low, curve(errors[i]))));
    });
  });
  const plain = JSON.stringify(choiceOf(0));
  const lambdas = choices.map((choice) => JSON.stringify(choice) === plain ? 0 : lambdaOf(choice));
  const places = [...choices.keys()].filter((choice) => lambdas[choice] !== null)
    .sort((a, b) => lambdas[a]! - lambdas[b]!);
  const least = leastLosses(layers.map(({ options }, layer) => ({
    losses: places.map((choice) => losses[layer][choice]),
    priced: pricedLosses(
      places.map((choice) => ({ lambda: lambdas[choice]!, bytes: options[choice].bytes })),
    ),
  })));
  return layers.map((layer, i) => {
    const options = layer.options.map((option, choice) => {
      if (isFloatChoice(choices[choice])) return option;
      const place = places.indexOf(choice);
      const grown = Math.max(losses[i][choice], place < 0 ? 0 : least[i][place]);
      return { ...option, loss: firsts[i] + grown };
    });
    return { ...layer, options };
  });
}
