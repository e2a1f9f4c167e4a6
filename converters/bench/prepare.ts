/**
 * Gets everything ready that a benchmark runs: bundles, the others' models, one sample.
 * @module
 */
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";
import type { Model } from "../../runtime/format/model.ts";
import { openDataset, seededRandom } from "../data/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { packPlain } from "../stages/calibrate.ts";
import { convertToOnnx } from "../stages/export_onnx.ts";
import { readSource } from "../stages/read_source.ts";
import type { Recipe } from "../recipe/mod.ts";
import { emitDeno } from "../targets/deno/mod.ts";
import type { Contender, Workshop } from "./contenders/contender.ts";
import { kedgeContender } from "./contenders/kedge.ts";
import { litertContenders } from "./contenders/litert.ts";
import { onnxruntimeContender } from "./contenders/onnxruntime.ts";
import { tfjsContender } from "./contenders/tfjs.ts";
import { type Peak, peakGraph, peakInput } from "./kernel_peak.ts";
import type { BenchOptions } from "./options.ts";
import { type Origin, ownOfBundle, ownOfModel } from "./own.ts";

/** What is ready to run. */
export interface Prepared {
  origin: Origin;
  /** Everyone but ourselves. */
  peers: Contender[];
  /** Files with the sample, one for each input. */
  inputs: string[];
  skipped: { name: string; reason: ErrorData }[];
}

/** Converts, emits, exports, and writes the sample. */
export async function prepare(options: BenchOptions, workshop: Workshop): Promise<Prepared> {
  const { vs = [] } = options;
  const skipped: Prepared["skipped"] = [];
  const isBundle = (await Deno.stat(options.model).catch(() => null))?.isDirectory ?? false;
  const origin = isBundle
    ? await ownOfBundle(options, workshop)
    : await ownOfModel(options, weightsOf(options, skipped), workshop);
  const peers: Contender[] = [];
  if (vs.includes("onnxruntime-web")) {
    peers.push(...await onnxruntimes(options, origin, workshop, skipped));
  }
  if (vs.includes("litert")) {
    const found = await litertContenders(origin.model, workshop);
    if (!found.length) {
      skipped.push({
        name: "litert",
        reason: missing("litert", "a .tflite file beside the model"),
      });
    }
    peers.push(...found);
  }
  if (vs.includes("tfjs")) {
    try {
      const { core } = await readSource(origin.model, origin.own[0].recipe);
      peers.push(await tfjsContender(core, workshop));
    } catch (error) {
      const isModel = error instanceof KedgeError && error.data.code === "model/operator";
      if (!isModel) throw error;
      skipped.push({ name: "tfjs", reason: error.data });
    }
  }
  const inputs = await writeSample(options, origin.own[0].model, workshop);
  return { origin, peers, inputs, skipped };
}

/** Kinds of weights to convert to; int8 by itself only where it can be calibrated. */
function weightsOf(
  { weights, data, calibration, recipe }: BenchOptions,
  skipped: Prepared["skipped"],
): readonly Recipe["weights"][] {
  if (weights?.length) return weights;
  if (data || calibration || recipe?.activations === "float32") return ["int8", "float32"];
  skipped.push({ name: "kedge int8", reason: missing("kedge int8", "data to calibrate with") });
  return ["float32"];
}

/** The original, and the quantized graph of the first bundle that computes in integers. */
async function onnxruntimes(
  { data, calibration, progress }: BenchOptions,
  { model, own }: Origin,
  workshop: Workshop,
  skipped: Prepared["skipped"],
): Promise<Contender[]> {
  const { recipe } = own[0];
  const source = await readSource(model, recipe);
  const shapes = source.core.inputs.map((name) => source.core.tensors.get(name)!.shape!);
  const common = { shapes, dims: recipe.dims };
  const { bytes, beside } = source;
  const contenders = [
    await onnxruntimeContender({ precision: "float32", bytes, beside, ...common }, workshop),
  ];
  const integer = own.find(({ recipe }) => recipe.activations === "int8");
  if (!integer) return contenders;
  if (!data && !calibration) {
    const name = "onnxruntime-web int8";
    skipped.push({ name, reason: missing(name, "data to calibrate with") });
    return contenders;
  }
  const onnx = await convertToOnnx({ model, data, calibration, recipe: integer.recipe, progress });
  const quantized = { precision: "int8", bytes: onnx.bytes, beside: {}, ...common };
  return [...contenders, await onnxruntimeContender(quantized, workshop)];
}

/** The first sample, or seeded noise in 0…1. */
async function writeSample(
  { data, calibration }: BenchOptions,
  model: Model,
  workshop: Workshop,
): Promise<string[]> {
  const tensors = model.inputs.map((index) => model.tensors[index]);
  const path = data ?? calibration;
  const random = seededRandom(0);
  const values = path
    ? await (await openDataset(path, tensors.map(({ name, shape }) => ({ name, shape })))).inputs(0)
    : tensors.map(({ size }) => Float32Array.from({ length: size }, () => random()));
  return await Promise.all(values.map((list, i) => writeValues(`input.${i}.bin`, list, workshop)));
}

/** kedge's kernels on the product that suits them. One behind the other: emitting ends esbuild. */
export async function preparePeaks(
  peaks: ReadonlySet<Peak>,
  workshop: Workshop,
): Promise<Map<Peak, { contender: Contender; inputs: string[] }>> {
  const inputs = [await writeValues("peak.bin", peakInput(), workshop)];
  const prepared = new Map<Peak, { contender: Contender; inputs: string[] }>();
  for (const peak of peaks) {
    const packed = await packPlain(peakGraph(peak));
    const files = await emitDeno(packed, readModel(packed), { split: false });
    const contender = await kedgeContender(`peak ${peak}`, files, workshop);
    prepared.set(peak, { contender, inputs });
  }
  return prepared;
}

function writeValues(name: string, values: Float32Array, workshop: Workshop): Promise<string> {
  const { buffer, byteOffset, byteLength } = values;
  return workshop.write(name, new Uint8Array(buffer, byteOffset, byteLength));
}

function missing(name: string, wanted: string): ErrorData {
  return {
    code: "data/missing",
    message: `Comparing with ${name}: there is no ${wanted.replace(/^an? /, "")}`,
    wanted,
    hint: wanted.startsWith("data") ? "give --data" : `put it there, or leave ${name} out of --vs`,
  };
}
