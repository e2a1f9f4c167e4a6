/**
 * Makes samples out of arrays into what the model's input takes.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { type Pixels, preprocessPixels } from "../../runtime/format/preprocess.ts";
import type { PreprocessFields } from "./manifest.ts";
import type { NpyArray, NpyValues } from "./npy.ts";
import { completePreprocess, type ModelInput, wrongShape } from "./picture.ts";

/** How samples become inputs. */
export interface Fit {
  /** The same for the runtime to do, or null when samples are no 8-bit pixels. */
  preprocess: Preprocess | null;
  /** Values of one sample in; float32 values in the input's layout out. */
  convert(values: NpyValues): Float32Array;
}

/**
 * Finds how the samples of an array (all dimensions but the first) fit an input. Samples are
 * - already in the input's shape (dimensions of 1 do not count), or flat where the other is not, or
 * - pictures: height × width, height × width × channels, or channels × height × width.
 *
 * Without preprocessing, values are taken as they are; 8-bit pictures then get the preprocessing
 * that says so (scale 1, mean 0, std 1).
 * @throws KedgeError `data/shape`.
 */
export function fitArray(
  array: Pick<NpyArray, "type" | "shape">,
  input: ModelInput,
  fields: PreprocessFields | null,
  file: string,
): Fit {
  const sample = array.shape.slice(1);
  const direct = fields === null && sameShape(sample, input.shape);
  if (direct && array.type !== "u1") return { preprocess: null, convert: toFloat32 };
  const possible = fields !== null || sizeOf(sample) === sizeOf(input.shape);
  const picture = possible ? readPicture(sample, input.shape) : null;
  const preprocess = picture && completePreprocess(
    fields ?? {},
    input.shape,
    fields?.resize ? null : picture,
  );
  if (!preprocess) {
    if (direct) return { preprocess: null, convert: toFloat32 };
    throw wrongShape(file, input, `samples of ${sample.join("×")}`, hintFor(sample, input, fields));
  }
  const convert = (values: NpyValues) =>
    preprocessPixels(
      { ...picture, data: picture.planar ? interleave(values, picture.channels) : values },
      preprocess,
      input.shape,
    );
  return { preprocess: fields || array.type === "u1" ? preprocess : null, convert };
}

/** A picture's size and whether its channels stand one after the other. */
type PictureShape = Omit<Pixels, "data"> & { planar: boolean };

function readPicture(sample: readonly number[], input: readonly number[]): PictureShape | null {
  const dims = sample.slice(sample.slice(0, -3).filter((dim) => dim === 1).length);
  const channels = (dim: number) => dim === 1 || dim === 3 || dim === 4;
  if (dims.length === 1) return { height: 1, width: dims[0], channels: 1, planar: false };
  if (dims.length === 2) return { height: dims[0], width: dims[1], channels: 1, planar: false };
  if (dims.length !== 3) return null;
  const [a, b, c] = dims;
  const asInput = input.length === 4 && dims.every((dim, i) => dim === input[i + 1]);
  if (channels(a) && (asInput || !channels(c))) {
    return { height: b, width: c, channels: a, planar: true };
  }
  return channels(c) ? { height: a, width: b, channels: c, planar: false } : null;
}

function sameShape(sample: readonly number[], input: readonly number[]): boolean {
  if (sizeOf(sample) !== sizeOf(input)) return false;
  const [a, b] = [sample, input].map((dims) => dims.filter((dim) => dim !== 1));
  return a.length <= 1 || b.length <= 1 || a.every((dim, i) => dim === b[i]);
}

function interleave(values: NpyValues, channels: number): Float64Array {
  const out = new Float64Array(values.length);
  const plane = values.length / channels;
  for (let c = 0, from = 0; c < channels; c++) {
    for (let pixel = 0; pixel < plane; pixel++) out[pixel * channels + c] = values[from++];
  }
  return out;
}

function toFloat32(values: NpyValues): Float32Array {
  return Float32Array.from(values);
}

function hintFor(
  sample: readonly number[],
  { shape }: ModelInput,
  fields: PreprocessFields | null,
): string {
  if (shape[0] > 1 && sizeOf(sample) * shape[0] === sizeOf(shape)) {
    return `the model takes ${shape[0]} samples at once; export it with a batch of 1`;
  }
  return fields
    ? 'check "color", "resize" and the lengths of "mean" and "std" in the manifest'
    : 'save samples in the model\'s shape, or name a manifest with "preprocess": {"resize": …}';
}
