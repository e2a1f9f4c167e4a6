/**
 * How a model's input is read as a picture.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import type { PreprocessFields } from "./manifest.ts";

/** An input of the model: its name and its static shape with the batch dimension. */
export interface ModelInput {
  name: string;
  shape: readonly number[];
}

/** Height and width of a picture. */
export interface Size {
  height: number;
  width: number;
}

/** One way to read an input's shape as a picture. */
interface Reading extends Size {
  layout: Preprocess["layout"];
  depth: number;
}

/**
 * Fills in what a manifest leaves out: colour and layout follow from the input's shape, scale is 1,
 * mean 0, std 1.
 * @param size of the pictures where all have the same; it must be the input's when nothing resizes.
 * @returns null when the input cannot be read as such a picture.
 */
export function completePreprocess(
  fields: PreprocessFields,
  shape: readonly number[],
  size: Size | null,
): Preprocess | null {
  const { color, resize = null, scale = 1, mean = [0], std = [1] } = fields;
  const depth = color === undefined ? null : color === "gray" ? 1 : 3;
  const wanted = resize ? { height: resize[0], width: resize[1] } : size;
  const reading = readings(shape, wanted).find((reading) =>
    (depth === null || reading.depth === depth) &&
    (!wanted || (reading.height === wanted.height && reading.width === wanted.width))
  );
  const perChannel = Math.max(mean.length, std.length);
  if (!reading || (perChannel > 1 && perChannel !== reading.depth)) return null;
  const { layout } = reading;
  return {
    color: color ?? (reading.depth === 1 ? "gray" : "rgb"),
    resize,
    scale,
    mean,
    std,
    layout,
  };
}

/** All pictures that a shape can stand for, channels first before channels last. */
function readings(shape: readonly number[], wanted: Size | null): Reading[] {
  const [a, b, c] = shape.slice(-3);
  const found: Reading[] = [];
  const grey = (height: number, width: number) =>
    found.push({ layout: "NHWC", depth: 1, height, width });
  if (shape.length === 4) {
    found.push({ layout: "NCHW", depth: a, height: b, width: c });
    found.push({ layout: "NHWC", depth: c, height: a, width: b });
  }
  if (shape.length === 3) {
    if (a === 1) grey(b, c);
    found.push({ layout: "NCHW", depth: a, height: b, width: c });
    found.push({ layout: "NHWC", depth: c, height: a, width: b });
  }
  if (shape.length <= 2) {
    const length = shape.reduce((product, dim) => product * dim, 1);
    if (wanted && wanted.height * wanted.width === length) grey(wanted.height, wanted.width);
  }
  return found.filter(({ depth }) => depth === 1 || depth === 3);
}

/** A `data/shape` error: samples do not fit the model's input. */
export function wrongShape(
  file: string,
  input: ModelInput,
  got: string,
  hint: string,
): KedgeError {
  return new KedgeError({
    code: "data/shape",
    message: `Reading the samples of "${file}": they do not fit the model's input "${input.name}"`,
    where: { file, tensor: input.name },
    got,
    wanted: input.shape.join("×"),
    hint,
  });
}
