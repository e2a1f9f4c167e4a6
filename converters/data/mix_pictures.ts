/**
 * One picture of two: what is in neither, for training with few pictures.
 * @module
 */
import type { PictureLayout } from "./augment.ts";

/** How much of the second picture comes in, everywhere or in a rectangle. */
export interface Mix {
  /** Share of the second picture, 0…1. */
  share: number;
  /** Left, top, right and bottom of where it comes in, in pixels; the last two lie outside. */
  rectangle: readonly [number, number, number, number];
}

/** How often pictures are mixed everywhere, and in a rectangle. */
const EVERYWHERE = 0.5;
const IN_A_RECTANGLE = 0.15;

/**
 * Of every two pictures one is mixed, with any share (mixup: Zhang et al. 2018, arXiv:1710.09412,
 * §2, with α = 1), of every seven one takes a rectangle of the other as it is, of any share of the area
 * (CutMix: Yun et al. 2019, arXiv:1905.04899, §3.1); null for the others.
 */
export function randomMix(
  random: () => number,
  { height, width }: PictureLayout,
): Mix | null {
  const [kind, share, x, y] = [random(), random(), random(), random()];
  if (kind < EVERYWHERE) return { share, rectangle: [0, 0, width, height] };
  if (kind > EVERYWHERE + IN_A_RECTANGLE) return null;
  const [w, h] = [width, height].map((side) => Math.round(side * Math.sqrt(share)));
  const [left, top] = [Math.floor(x * (width - w + 1)), Math.floor(y * (height - h + 1))];
  return { share: 1, rectangle: [left, top, left + w, top + h] };
}

/**
 * Two pictures as one: first + share · (second − first) inside the rectangle, the first outside.
 * @param first preprocessed values in the order of the layout, height × width × depth; stays as it is.
 * @param second the same of the other picture.
 */
export function mixPictures(
  first: Float32Array,
  second: Float32Array,
  { height, width, depth, layout }: PictureLayout,
  { share, rectangle: [left, top, right, bottom] }: Mix,
): Float32Array {
  const [pixel, channel] = layout === "NCHW" ? [1, height * width] : [depth, 1];
  const made = first.slice();
  for (let c = 0; c < depth; c++) {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const i = (y * width + x) * pixel + c * channel;
        made[i] += share * (second[i] - made[i]);
      }
    }
  }
  return made;
}
