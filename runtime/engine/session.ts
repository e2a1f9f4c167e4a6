/**
 * A loaded model and what people do with it: run, preprocess, read the best classes.
 * @module
 */
import type { LayerHook, Model, TensorArray, TensorMap } from "../format/model.ts";
import type { Engine } from "./engine.ts";
import { isBytes, type Picture, type PixelReader } from "./pixels.ts";

/** A model that is ready to run. */
export interface LoadedModel {
  /** What the file holds: tensors, operators, labels, preprocessing. */
  readonly model: Model;
  /** The engine that runs it. */
  readonly engine: Engine;
  /** What reads pixels. */
  readonly pixels: PixelReader;
}

/** One class of a classifier with its score. */
export interface Prediction {
  /** Class number, from 0. */
  index: number;
  /** The model's output for the class. */
  score: number;
  /** Class name, or "" where the model has none. */
  label: string;
}

/** A model input or output, for people to read. */
export interface TensorSummary {
  /** Name of the tensor or model. */
  name: string;
  /** Element type. */
  dtype: string;
  /** Static shape. */
  shape: readonly number[];
}

/** What a model is, for people and programs to read. */
export interface ModelSummary {
  /** Name of the tensor or model. */
  name: string;
  /** SHA-256 of the source file, lower-case hex. */
  sha256: string;
  /** Version of kedge. */
  kedge: string;
  /** The inputs, in order. */
  inputs: TensorSummary[];
  /** The outputs, in order. */
  outputs: TensorSummary[];
  /** Class names, may be empty. */
  labels: readonly string[];
  /** Preprocessing of pixels, or null. */
  preprocess: Model["preprocess"];
  /** Number of operators. */
  operators: number;
  /** Bytes of the arena. */
  arenaBytes: number;
}

/**
 * Runs the model once.
 *
 * 8-bit pixels become what the first layer works on in one step, by a table of 256 values for each
 * channel: the bits are those of `run(loaded, preprocess(loaded, pixels))`, in less time.
 * @param inputs values by input name, or just the values where the model has one input; row-major
 *   in the input's own shape, float32. Or, where the model holds preprocessing, a picture: an
 *   `ImageData`, `{data, width, height}` or, in the model's own size, just the bytes of its pixels.
 * @param onLayer sees the output bytes of each operator that runs, for checks; those that pixels make
 *   needless do not.
 * @returns new arrays by output name.
 * @throws KedgeError `data/shape` when an input is missing or has another length, `data/preprocess`
 *   for a picture when the model has no preprocessing.
 */
export function run(
  loaded: LoadedModel,
  inputs: TensorMap | TensorArray | Picture | Uint8Array | Uint8ClampedArray,
  onLayer?: LayerHook,
): TensorMap {
  const views = runInPlace(loaded, inputs, onLayer);
  const copies: TensorMap = {};
  for (const name in views) copies[name] = views[name].slice();
  return copies;
}

/**
 * Runs the model once without allocating: the outputs are views of the model's memory, the same each
 * time. Read them, or copy what is to last, before the next run, which writes over them. Else as `run`;
 * values by input name take no allocation either.
 * @returns views by output name.
 * @throws KedgeError as `run`.
 */
export function runInPlace(
  { model, engine, pixels }: LoadedModel,
  inputs: TensorMap | TensorArray | Picture | Uint8Array | Uint8ClampedArray,
  onLayer?: LayerHook,
): TensorMap {
  if (isBytes(inputs) && model.preprocess) return pixels.run({ data: inputs }, onLayer);
  if (isPicture(inputs)) return pixels.run(inputs, onLayer);
  const named = ArrayBuffer.isView(inputs)
    ? { [model.tensors[model.inputs[0]].name]: inputs as TensorArray }
    : inputs;
  return engine.run(named, onLayer);
}

function isPicture(inputs: object): inputs is Picture {
  return typeof (inputs as Picture).width === "number";
}

/**
 * Turns a picture into the model's first input, by the preprocessing in the model's file.
 * @param image 8-bit pixels, row by row, with 1, 3 or 4 channels (alpha is dropped).
 * @throws KedgeError `data/preprocess` when the model has no preprocessing.
 */
export function preprocess({ pixels }: LoadedModel, image: Picture): Float32Array {
  return pixels.toInput(image);
}

/**
 * The k classes with the highest scores, best first; equal scores by class number.
 * @param scores one output of a classifier.
 */
export function topK(
  scores: ArrayLike<number>,
  k = 5,
  labels: readonly string[] = [],
): Prediction[] {
  return Array.from(
    scores,
    (score, index) => ({ index, score, label: labels[index] ?? "" }),
  )
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, k);
}

/** What the model is: names, shapes, labels, origin. */
export function summary({ model }: LoadedModel): ModelSummary {
  const describe = (index: number): TensorSummary => {
    const { name, dtype, shape } = model.tensors[index];
    return { name, dtype, shape };
  };
  const { name, sha256, kedge } = model.provenance;
  return {
    name,
    sha256,
    kedge,
    inputs: model.inputs.map(describe),
    outputs: model.outputs.map(describe),
    labels: model.labels,
    preprocess: model.preprocess,
    operators: model.operators.length,
    arenaBytes: model.arenaBytes,
  };
}
