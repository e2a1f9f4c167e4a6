/**
 * What every layer costs and loses by every choice.
 * @module
 */
import { weightsOf } from "../../compress/mod.ts";
import type { Progress } from "../options.ts";
import type { LayerOptions } from "../../check/search.ts";
import { mean } from "../../search/mod.ts";
import type { MeasuredLayer } from "./attempts.ts";
import type { SearchState } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Quantizes the whole model by each choice, then puts each layer of it alone into the model of the
 * first choice. Its loss is what the divergence grows by: losses by measured outputs, one layer at a
 * time. A measured one is noise where it is small, and a knapsack picks what noise favours; so a layer's
 * losses are its weights' squared errors times one gain, Σ measured / Σ errors over its choices (the
 * form of HAWQ-V2, Dong et al. 2020, arXiv:1911.03852, equation 7, with a measured gain for the trace).
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
  const lossOf = async (assignment: readonly number[]) => mean(await workbench.losses(assignment));
  const base = await state.remember("base", () => lossOf(none));
  const measured = layers.map((node): MeasuredLayer => ({
    name: node.name,
    parameters: weightsOf(core, node)!.data.length,
    options: [],
  }));
  for (const choice of choices.keys()) {
    const times = maxLatencyMs === undefined
      ? null
      : await state.remember(`times ${choice}`, () => workbench.layerTimes(choice));
    for (const layer of layers.keys()) {
      progress("measure", choice * layers.length + layer, choices.length * layers.length);
      const { bytes, loss, error } = await state.remember(`layer ${layer} ${choice}`, async () => ({
        bytes: await workbench.layerBytes(layer, choice),
        loss: choice ? await lossOf(none.with(layer, choice)) : base,
        error: await workbench.weightError(layer, choice),
      }));
      measured[layer].options.push({
        choice: workbench.nameOf(choice),
        bytes,
        loss: error,
        measured: loss - base,
        ms: times && times[layer],
      });
    }
  }
  for (const { options } of measured) smooth(options);
  return measured;
}

/** Turns the errors of a layer's weights into losses, by the gain that the measured losses show. */
function smooth(options: LayerOptions["options"]): void {
  const [first, ...others] = options;
  const least = first.loss;
  const grown = others.reduce((sum, { loss }) => sum + Math.max(0, loss - least), 0);
  const lost = others.reduce((sum, { measured }) => sum + measured, 0);
  const gain = grown > 0 ? Math.max(0, lost / grown) : 0;
  for (const option of options) option.loss = gain * Math.max(0, option.loss - least);
}
