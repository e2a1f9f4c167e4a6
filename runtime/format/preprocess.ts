/**
 * From 8-bit pixels to a model's input: the one place of this arithmetic, for converter and runtime.
 * @module
 */
import { KedgeError } from "./error.ts";
import type { Preprocess } from "./model.ts";
import { PLANAR } from "./needs.ts";

/** 8-bit pixels, row by row, channels side by side. */
export interface Pixels {
  /** width × height × channels values. */
  data: ArrayLike<number>;
  /** Pixels a row. */
  width: number;
  /** Rows. */
  height: number;
  /** 1 = grey, 3 = RGB, 4 = RGB and alpha, which is dropped. */
  channels: number;
}

/**
 * What a pixel of value `value` becomes in channel `channel` of the model: `(value × scale − mean) /
 * std`, before it is rounded to float32.
 */
export function preprocessValue(spec: Preprocess, channel: number, value: number): number {
  const { scale, mean, std } = spec;
  const at = (values: readonly number[]) => values[values.length > 1 ? channel : 0];
  return (value * scale - at(mean)) / at(std);
}

/** Which channel of a picture each of the model's three comes from. */
export function sourceChannels(spec: Preprocess, channels: number): readonly number[] {
  return channels === 1 ? [0, 0, 0] : spec.color === "bgr" ? [2, 1, 0] : [0, 1, 2];
}

/**
 * Resizes, orders the channels, and computes `(value × scale − mean) / std`.
 *
 * Resizing is bilinear with half-pixel centres (as ONNX Resize "half_pixel", clamped at the edges);
 * grey from colour is ITU-R BT.601 luma.
 * @param shape the model's input shape with its batch dimension; the layout is the spec's.
 * @throws KedgeError `data/shape` when the picture does not fit the model.
 */
export function preprocessPixels(
  image: Pixels,
  spec: Preprocess,
  shape: readonly number[],
): Float32Array {
  const { width, height, channels } = image;
  const depth = depthOf(spec);
  const [outH, outW] = checkPicture(image, spec, shape);
  const stepY = height / outH;
  const stepX = width / outW;
  const plane = outH * outW;
  const out = new Float32Array(plane * depth);
  const sample = resampler(image, stepY, stepX);
  const colors = sourceChannels(spec, channels);
  for (let y = 0, pixel = 0; y < outH; y++) {
    for (let x = 0; x < outW; x++, pixel++) {
      for (let c = 0; c < depth; c++) {
        const value = depth === 1 && channels > 1
          ? 0.299 * sample(y, x, 0) + 0.587 * sample(y, x, 1) +
            0.114 * sample(y, x, 2)
          : sample(y, x, colors[c]);
        const at = spec.layout === "NCHW" ? c * plane + pixel : pixel * depth + c;
        out[at] = preprocessValue(spec, c, value);
      }
    }
  }
  return out;
}

/** Channels of the model's input. */
export function depthOf({ color }: Preprocess): number {
  return color === "gray" ? 1 : 3;
}

/**
 * Height and width of the model's picture.
 * @throws KedgeError `data/shape` when a picture cannot become it.
 */
export function checkPicture(
  image: Pixels,
  spec: Preprocess,
  shape: readonly number[],
): readonly [number, number] {
  const { data, width, height, channels } = image;
  const [outH, outW] = pictureSize(image, spec, shape);
  const fits = [1, 3, 4].includes(channels) && isCount(width) && isCount(height) &&
    data.length === width * height * channels;
  const sized = spec.resize || (width === outW && height === outH);
  if (fits && sized && shape.reduce((a, b) => a * b, 1) === outH * outW * depthOf(spec)) {
    return [outH, outW];
  }
  throw new KedgeError({
    code: "data/shape",
    message: "Preprocessing a picture: its size does not fit the model",
    got: `${width}×${height}×${channels}, ${data.length} values`,
    wanted: `${outW}×${outH} with 1, 3 or 4 channels, for an input of ${shape.join("×")}`,
    hint: 'resize the picture, or give "resize" in the manifest',
  });
}

const isCount = (value: number) => Number.isInteger(value) && value > 0;

/**
 * Height and width in an input shape; the batch dimension may be missing. A flat input, of shape
 * (1, K) or (K), takes a grey picture row by row.
 */
export function pictureSize(
  image: Pick<Pixels, "width" | "height">,
  { color, layout, resize }: Preprocess,
  shape: readonly number[],
): readonly [number, number] {
  const dims = shape.slice(-3);
  if (shape.length < 4 && color === "gray") {
    const flat = shape.length < 2 || (shape.length === 2 && shape[0] === 1);
    if (flat) return resize ?? [image.height, image.width];
    return [shape[shape.length - 2], shape[shape.length - 1]];
  }
  return PLANAR && layout === "NCHW" ? [dims[1], dims[2]] : [dims[0], dims[1]];
}

/** Reads one value of the resized picture. */
function resampler(
  { data, width, height, channels }: Pixels,
  stepY: number,
  stepX: number,
): (y: number, x: number, c: number) => number {
  if (stepY === 1 && stepX === 1) {
    return (y, x, c) => data[(y * width + x) * channels + c];
  }
  return (y, x, c) => {
    const sourceY = Math.min(Math.max((y + 0.5) * stepY - 0.5, 0), height - 1);
    const sourceX = Math.min(Math.max((x + 0.5) * stepX - 0.5, 0), width - 1);
    const top = Math.floor(sourceY);
    const left = Math.floor(sourceX);
    const bottom = Math.min(top + 1, height - 1);
    const right = Math.min(left + 1, width - 1);
    const at = (row: number, column: number) => data[(row * width + column) * channels + c];
    const upper = at(top, left) +
      (at(top, right) - at(top, left)) * (sourceX - left);
    const lower = at(bottom, left) +
      (at(bottom, right) - at(bottom, left)) * (sourceX - left);
    return upper + (lower - upper) * (sourceY - top);
  };
}
