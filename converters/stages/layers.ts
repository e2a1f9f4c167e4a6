/**
 * What every layer of a packed model costs and what it loses against the float model.
 * @module
 */
import type { Model, ModelTensor } from "../../runtime/format/model.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { load } from "../../runtime/hosts/load.ts";
import type { CoreGraph } from "../graph/graph.ts";
import type { LayerReport } from "../check/report.ts";
import { packPlain } from "./calibrate.ts";
import { macsOf } from "../targets/macs.ts";
import type { Compressed } from "./compress.ts";
import { LayerNoise } from "./layer_noise.ts";
import type { Samples } from "./samples.ts";

/** How many samples the noise of the layers is measured on. */
const NOISE_SAMPLES = 4;

/** Runs float and packed model side by side on some calibration samples; one row per operator. */
export async function measureLayers(
  core: CoreGraph,
  packed: Uint8Array<ArrayBuffer>,
  { calibration }: Samples,
  { reasons, kept }: Pick<Compressed, "reasons" | "kept">,
): Promise<LayerReport[]> {
  if (!calibration) return reportLayers(readModel(packed), null, reasons);
  const loaded = await load(packed);
  const float = await load(await packPlain(core));
  const noise = new LayerNoise(kept);
  for (const index of calibration.indices.slice(0, NOISE_SAMPLES)) {
    const inputs = await calibration.dataset.inputs(index);
    noise.observe(
      float,
      loaded,
      Object.fromEntries(core.inputs.map((name, i) => [name, inputs[i]])),
    );
  }
  return reportLayers(loaded.model, noise, reasons);
}

/** One row per operator of the packed model. */
export function reportLayers(
  model: Model,
  noise: LayerNoise | null,
  reasons: Map<string, string>,
): LayerReport[] {
  const counted = new Set<number>();
  return model.operators.map((operator, index) => {
    const constants = operator.inputs.filter((i) => model.tensors[i].data);
    const output = model.tensors[operator.output];
    let bytes = 0;
    for (const i of constants) {
      if (!counted.has(i)) bytes += storedBytes(model.tensors[i]);
      counted.add(i);
    }
    const weights = constants.length ? model.tensors[constants[0]] : null;
    const hash = model.golden[0]?.hashes[index];
    return {
      name: operator.name,
      op: operator.op,
      weights: weights && (weights.coded?.codings.join("+") ?? weights.encoding),
      bytes,
      macs: macsOf(model, operator),
      sqnrDb: noise?.sqnrDb(output.name) ?? null,
      cosine: noise?.cosine(output.name) ?? null,
      hash: hash === undefined ? null : hash.toString(16).padStart(8, "0"),
      ms: null,
      reason: reasons.get(operator.name) ?? null,
    };
  });
}

/** Bytes of a constant in the file. */
function storedBytes({ data, coded }: ModelTensor): number {
  return coded?.bytes ?? data?.length ?? 0;
}
