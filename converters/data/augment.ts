/**
 * More pictures out of few: what a model may as well see, for training without labels.
 * @module
 */
import type { Preprocess } from "../../runtime/format/model.ts";
import { depthOf, pictureSize } from "../../runtime/format/preprocess.ts";

/** How a picture is seen. */
export interface View {
  /** Left and right changed over. */
  flip: boolean;
  /** How many times as large. */
  zoom: number;
  /** How far right and down what lies in the middle comes, in pixels. */
  shift: readonly [number, number];
}

/** Where the values of a picture stand. */
export interface PictureLayout {
  height: number;
  width: number;
  depth: number;
  layout: Preprocess["layout"];
}

/** Largest zoom, and one over the smallest. */
const ZOOM = 1.15;
/** Farthest shift, as a share of the side. */
const SHIFT = 1 / 12;

/**
 * How the pictures of a dataset stand in a model's input.
 * @param preprocess the dataset's; null where samples are no pictures.
 * @param shape of the input, with its batch dimension; flat pictures are taken to be square.
 * @returns null where there are no pictures.
 */
export function pictureLayout(
  preprocess: Preprocess | null,
  shape: readonly number[],
): PictureLayout | null {
  if (!preprocess) return null;
  const depth = depthOf(preprocess);
  const size = shape.reduce((product, dim) => product * dim, 1);
  const side = Math.round(Math.sqrt(size));
  const [height, width] = pictureSize({ width: side, height: side }, preprocess, shape);
  if (height * width * depth !== size) return null;
  return { height, width, depth, layout: preprocess.layout };
}

/**
 * One of every two is flipped; zooms are up to 1.15 either way, shifts up to a twelfth of a side.
 * @param flips whether any are: pictures of things may be, those of signs may not.
 */
export function randomView(
  random: () => number,
  { height, width }: PictureLayout,
  flips = true,
): View {
  const flip = random() < 0.5 && flips;
  const zoom = ZOOM ** (2 * random() - 1);
  const shift = [width, height].map((side) => (2 * random() - 1) * SHIFT * side);
  return { flip, zoom, shift: [shift[0], shift[1]] };
}

/**
 * A preprocessed picture in another view. A place takes the value of the place it comes from in the
 * picture, between pixels bilinear, beyond the border that of the border.
 * @param picture values in the order of the layout; stays as it is.
 */
export function viewOf(
  picture: Float32Array,
  { height, width, depth, layout }: PictureLayout,
  { flip, zoom, shift }: View,
): Float32Array {
  const [pixel, channel] = layout === "NCHW" ? [1, height * width] : [depth, 1];
  const columns = sources(width, zoom, shift[0], flip);
  const rows = sources(height, zoom, shift[1], false);
  const made = new Float32Array(picture.length);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const [top, bottom] = [row.before * width, row.after * width];
      for (let c = 0; c < depth; c++) {
        const value = (place: number) => picture[place * pixel + c * channel];
        const upper = mix(value(top + column.before), value(top + column.after), column.share);
        const lower = mix(
          value(bottom + column.before),
          value(bottom + column.after),
          column.share,
        );
        made[(y * width + x) * pixel + c * channel] = mix(upper, lower, row.share);
      }
    });
  });
  return made;
}

/** Two neighbours along an axis, and how much the second counts. */
interface Source {
  before: number;
  after: number;
  share: number;
}

/** Where each place along an axis comes from. */
function sources(length: number, zoom: number, shift: number, flip: boolean): Source[] {
  const middle = (length - 1) / 2;
  return Array.from({ length }, (_, i) => {
    const from = (flip ? -1 : 1) * (i - middle - shift) / zoom + middle;
    const inside = Math.min(Math.max(from, 0), length - 1);
    const before = Math.floor(inside);
    return { before, after: Math.min(before + 1, length - 1), share: inside - before };
  });
}

/** Between `a` and `b`; where they are the same, that. */
function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
