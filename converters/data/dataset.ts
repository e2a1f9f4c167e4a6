/**
 * Opens labelled data, in any of the forms of DESIGN.md §2.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { preprocessPixels } from "../../runtime/format/preprocess.ts";
import { openArrays } from "./arrays.ts";
import { readImageFolder } from "./folder.ts";
import { decodeImage } from "./images.ts";
import { type Labels, readLabels } from "./labels.ts";
import { type Manifest, type Metric, readManifest } from "./manifest.ts";
import { isNpy, readNpy } from "./npy.ts";
import { readNpz } from "./npz.ts";
import { completePreprocess, type ModelInput, wrongShape } from "./picture.ts";
import { beside, folderOf, isFolder, readData } from "./read_file.ts";
import type { Samples } from "./samples.ts";

/** Samples as a model's inputs, with labels. */
export interface Dataset {
  /** Number of samples. */
  count: number;
  /** One a sample, with `classOffset` added (targets for "mse"), or null without labels. */
  labels: Labels | null;
  /** How the first input is made out of 8-bit pixels, or null where samples are no pixels. */
  preprocess: Preprocess | null;
  /** The manifest's metric; else "top1" with labels and "agreement" without. */
  metric: Metric;
  /** By class number of the model, "" where not known; may be empty. */
  classNames: string[];
  /** The path that was opened. */
  source: string;
  /**
   * Preprocessed float32 values of sample `i` for each model input, in the order and layout of the
   * model's inputs. Pictures are decoded at each call.
   * @throws KedgeError `data/image`, `data/shape`, `data/missing`.
   */
  inputs(i: number): Promise<Float32Array[]>;
}

/** What is known of the model besides its inputs. */
export interface OpenOptions {
  /** Number of classes; labels are held to it. */
  classes?: number;
}

/**
 * Opens an `.npz`, an `.npy`, a folder of pictures, or a `.json` manifest that names one of these.
 * Files are told apart by their content.
 * @param modelInputs names and static shapes, batch dimension first, in the model's order.
 * @throws KedgeError `data/missing`, `data/format`, `data/manifest`, `data/metric`, `data/inputs`,
 * `data/shape`, `data/dtype`, `data/nan`, `data/empty`, `data/labels`, and those of the readers.
 */
export async function openDataset(
  path: string,
  modelInputs: readonly ModelInput[],
  options: OpenOptions = {},
): Promise<Dataset> {
  const manifest = await findManifest(path);
  const data = manifest ? beside(folderOf(path), manifest.data) : path;
  const folder = await isFolder(data, "the data");
  const samples = folder
    ? await openFolder(data, modelInputs, manifest)
    : await openFile(data, modelInputs, manifest);
  const metric = samples.labels ? manifest?.metric ?? "top1" : "agreement";
  const classOffset = manifest?.classOffset ?? 0;
  const labels = samples.labels && readLabels(samples.labels, {
    count: samples.count,
    classOffset,
    metric,
    classes: options.classes,
    file: data,
  });
  const { count, preprocess, inputs } = samples;
  return {
    count,
    labels,
    preprocess,
    metric,
    classNames: manifest?.labels ?? shifted(samples.classNames, classOffset),
    source: path,
    inputs,
  };
}

async function findManifest(path: string): Promise<Manifest | null> {
  if (!/\.json$/i.test(path) || await isFolder(path, "the data manifest")) return null;
  return readManifest(new TextDecoder().decode(await readData(path, "the data manifest")), path);
}

async function openFile(
  path: string,
  modelInputs: readonly ModelInput[],
  manifest: Manifest | null,
): Promise<Samples> {
  const bytes = await readData(path, "the data");
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (isNpy(bytes)) {
    return openArrays(new Map([["x", readNpy(bytes, path)]]), modelInputs, manifest, path);
  }
  if (isZip || /\.npz$/i.test(path)) {
    return openArrays(readNpz(bytes, path), modelInputs, manifest, path);
  }
  throw new KedgeError({
    code: "data/format",
    message: `Reading the data "${path}": what kind of file it is cannot be told`,
    where: { file: path },
    got: bytes.length === 0 ? "an empty file" : undefined,
    wanted: ".npz, .npy, a folder of pictures, or a .json manifest of one of these",
    hint: "write samples with numpy.savez(file, x=samples, y=labels)",
  });
}

async function openFolder(
  path: string,
  modelInputs: readonly ModelInput[],
  manifest: Manifest | null,
): Promise<Samples> {
  const [input, ...others] = modelInputs;
  const { files, labels, classNames } = await readImageFolder(path, manifest?.labels);
  const preprocess = others.length > 0
    ? null
    : completePreprocess(manifest?.preprocess ?? {}, input.shape, null);
  if (!preprocess) {
    throw wrongShape(
      path,
      input,
      "a folder of pictures",
      "pictures are for models with one input of 1 or 3 channels; give other data as .npz",
    );
  }
  return {
    count: files.length,
    labels: labels && { shape: [labels.length], values: labels },
    preprocess,
    classNames,
    async inputs(i) {
      const bytes = await readData(files[i], `the picture of sample ${i},`);
      return [preprocessPixels(
        decodeImage(bytes, files[i]),
        preprocess,
        input.shape,
      )];
    },
  };
}

/** Class names by class number of the model instead of the data's. */
function shifted(names: string[], offset: number): string[] {
  return offset < 0
    ? names.slice(-offset)
    : names.length > 0
    ? [...Array<string>(offset).fill(""), ...names]
    : [];
}
