/**
 * What every layer costs and loses by every choice.
 * @module
 */
import { weightsOf } from "../../compress/mod.ts";
import type { Progress } from "../options.ts";
import type { LayerOptions } from "../../check/search.ts";
import type { SearchState } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/**
 * Quantizes the whole model by each choice, then puts each layer of it alone into the model of the
 * first choice. Its loss is what the divergence grows by: losses by measured outputs, one layer at a
 * time (as in HAWQ-V3, Yao et al. 2021, arXiv:2011.10680, §3.4, with measured instead of estimated
 * perturbations).
 * @param maxLatencyMs when given, layers are timed, too.
 */
export async function measureOptions(
  workbench: Workbench,
  state: SearchState,
  maxLatencyMs: number | undefined,
  progress: Progress,
): Promise<Omit<LayerOptions, "chosen">[]> {
  const { layers, parts: { choices, source: { core } } } = workbench;
  const none = layers.map(() => 0);
  const base = await state.remember("base", () => workbench.loss(none));
  const measured = layers.map((node): Omit<LayerOptions, "chosen"> => ({
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
      const { bytes, loss } = await state.remember(`layer ${layer} ${choice}`, async () => ({
        bytes: await workbench.layerBytes(layer, choice),
        loss: choice ? await workbench.loss(none.with(layer, choice)) : base,
      }));
      measured[layer].options.push({
        choice: workbench.nameOf(choice),
        bytes,
        loss: Math.max(0, loss - base),
        ms: times && times[layer],
      });
    }
  }
  return measured;
}
