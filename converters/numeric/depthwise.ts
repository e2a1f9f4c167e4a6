/**
 * Depthwise convolutions forwards and backwards, on WASM.
 * @module
 */
import { DEPTHWISE } from "./generated/depthwise.ts";
import { copyRows, Machine } from "./machine.ts";

/**
 * Where windows lie in a picture [height, width, channels]; beyond the border it is 0. Steps, dilations
 * and borders in pixels.
 */
export interface Windows {
  height: number;
  width: number;
  channels: number;
  outHeight: number;
  outWidth: number;
  kernelH: number;
  kernelW: number;
  strideH: number;
  strideW: number;
  dilationH: number;
  dilationW: number;
  padTop: number;
  padLeft: number;
}

type Kernel = (...addressesAndWindows: number[]) => void;

const MACHINE = new Machine<{ forward: Kernel; backward: Kernel }>(DEPTHWISE);

/**
 * y = Σ over each window of x·w.
 * @param x [height, width, channels].
 * @param w [kernelH, kernelW, channels].
 * @param y [outHeight, outWidth, channels], written.
 */
export function depthwise(
  x: Float32Array,
  w: Float32Array,
  windows: Windows,
  y: Float32Array,
): void {
  const { floats, kernels, places } = laidOut(windows, [x, w, y]);
  kernels.forward(...places, ...numbersOf(windows));
  addRows(floats, places[2] / 4, windows.channels, y.fill(0));
}

/**
 * Adds w·g to dx and x·g to dw, over all windows.
 * @param x [height, width, channels].
 * @param w [kernelH, kernelW, channels].
 * @param g slopes of y, [outHeight, outWidth, channels].
 * @param dx slopes of x, in its shape, or null where nobody asks for them.
 * @param dw slopes of w, in its shape.
 */
export function depthwiseSlopes(
  x: Float32Array,
  w: Float32Array,
  g: Float32Array,
  windows: Windows,
  dx: Float32Array | null,
  dw: Float32Array,
): void {
  const { floats, kernels, places } = laidOut(windows, [x, w, g, x, w]);
  const [atDx, atDw] = [places[3] / 4, places[4] / 4];
  floats.fill(0, atDx, atDw + w.length / windows.channels * padded(windows.channels));
  kernels.backward(...places, ...numbersOf(windows));
  if (dx) addRows(floats, atDx, windows.channels, dx);
  addRows(floats, atDw, windows.channels, dw);
}

/** Copies of all arrays in the memory, their channels a multiple of 4, and their addresses. */
function laidOut({ channels }: Windows, arrays: readonly Float32Array[]) {
  const wide = padded(channels);
  const places: number[] = [];
  let end = 0;
  for (const { length } of arrays) {
    places.push(4 * end);
    end += length / channels * wide;
  }
  const { kernels, floats } = MACHINE.use(4 * end);
  arrays.forEach((values, i) => {
    copyRows(values, 0, values.length / channels, channels, floats, places[i] / 4, wide);
  });
  return { kernels, floats, places };
}

/** In the order of the kernels' parameters. */
function numbersOf(w: Windows): number[] {
  return [
    ...[w.height, w.width, padded(w.channels), w.outHeight, w.outWidth, w.kernelH, w.kernelW],
    ...[w.strideH, w.strideW, w.dilationH, w.dilationW, w.padTop, w.padLeft],
  ];
}

function padded(channels: number): number {
  return (channels + 3) & ~3;
}

/** Adds rows of the memory, less what pads them. */
function addRows(floats: Float32Array, at: number, channels: number, to: Float32Array): void {
  const wide = padded(channels);
  for (let row = 0, i = 0; i < to.length; row++) {
    for (let c = 0; c < channels; c++) to[i++] += floats[at + row * wide + c];
  }
}
