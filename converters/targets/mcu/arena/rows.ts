/**
 * Which rows of its input a window operator needs for which rows of its output.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../../../runtime/format/model.ts";

/** A window operator along the height of its picture [1,H,W,C]. */
export interface Rows {
  readonly height: number;
  readonly outHeight: number;
  readonly stride: number;
  readonly padTop: number;
  /** Rows that the window spans, dilation included. */
  readonly reach: number;
  /** Bytes of a row of the input and of the output, and of one cell of the output. */
  readonly rowBytes: number;
  readonly outRowBytes: number;
  readonly outCellBytes: number;
}

/** Rows of a picture, `from` up to but not including `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Bytes of an element in the arena. */
export function elementBytes({ dtype }: ModelTensor): number {
  return dtype === "int8" ? 1 : 4;
}

/** Bytes of an activation. */
export function bytesOf(tensor: ModelTensor): number {
  return tensor.size * elementBytes(tensor);
}

/** How the operator moves over the rows of one picture; null where it does not, or over many. */
export function rowsOf(
  { op, params }: ModelOperator,
  inputs: readonly ModelTensor[],
  output: ModelTensor,
): Rows | null {
  if (!["Conv2D", "DepthwiseConv2D", "MaxPool2D", "AveragePool2D"].includes(op)) return null;
  const [x, weights] = inputs;
  if (x.shape[0] !== 1) return null;
  const given = params as Readonly<Record<string, number>>;
  const kernel = given.kernelH ?? weights.shape[op === "Conv2D" ? 1 : 0];
  return {
    height: x.shape[1],
    outHeight: output.shape[1],
    stride: given.strideH,
    padTop: given.padTop,
    reach: (kernel - 1) * (given.dilationH ?? 1) + 1,
    rowBytes: x.shape[2] * x.shape[3] * elementBytes(x),
    outRowBytes: output.shape[2] * output.shape[3] * elementBytes(output),
    outCellBytes: output.shape[3] * elementBytes(output),
  };
}

/** Input rows that some output rows need, cut to the picture. */
export function neededRows({ height, stride, padTop, reach }: Rows, out: Range): Range {
  const cut = (row: number) => Math.min(Math.max(row, 0), height);
  return {
    from: cut(out.from * stride - padTop),
    to: cut((out.to - 1) * stride - padTop + reach),
  };
}

/** Kernels make this many cells at a time: they write so far ahead of what they still read. */
const TILE = 4;

/**
 * How many bytes below its input an output has to begin, so that writing row by row harms no input
 * row that is still needed.
 */
export function safeDistance(rows: Rows): number {
  const whole = rows.outHeight * rows.outRowBytes;
  let distance = 0;
  for (let y = 0; y < rows.outHeight; y++) {
    const { from } = neededRows(rows, { from: y, to: y + 1 });
    const written = (y + 1) * rows.outRowBytes + (TILE - 1) * rows.outCellBytes;
    distance = Math.max(distance, Math.min(written, whole) - from * rows.rowBytes);
  }
  return distance;
}
