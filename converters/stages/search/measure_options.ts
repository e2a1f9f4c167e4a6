/**
 * What every layer costs and loses by every choice.
 * @module
 */
import { weightsOf } from "../../compress/mod.ts";
import type { Progress } from "../options.ts";
import { lossCurve, type LossPoint, mean, standardError } from "../../search/mod.ts";
import type { MeasuredLayer } from "./attempts.ts";
import type { SearchState } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Quantizes the whole model by each choice, then puts each layer of it alone into the model of the
 * first choice. Its loss is what the divergence grows by. A measured one is noise where it is small,
 * and a knapsack picks what noise favours; so a layer's losses are taken from a curve over its
 * weights' squared errors (`lossCurve`).
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
          const losses = choice ? await workbench.losses(none.with(layer, choice)) : base;
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
        ...{ bytes, loss: 0, measured: loss },
        ms: times && times[layer],
      });
    }
  }
  measured.forEach(({ options }, layer) => {
    const least = points[layer][0].error;
    const own = points[layer].map((point) => ({ ...point, error: point.error - least }));
    const curve = lossCurve(own);
    options.forEach((option, choice) => option.loss = curve(own[choice].error));
  });
  return measured;
}
