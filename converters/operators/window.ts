/**
 * Sliding windows of convolutions and pooling (ONNX: Conv, MaxPool, AveragePool), in one or two
 * spatial dimensions; one counts as two with a height of 1.
 * @module
 */
import type { NodeContext } from "./node_context.ts";

/** A window in two dimensions. */
export interface Window {
  kernel: [number, number];
  strides: [number, number];
  dilations: [number, number];
  /** top, left, bottom, right */
  pads: [number, number, number, number];
  /** Output height and width. */
  out: [number, number];
}

/**
 * Reads the window's attributes.
 * @param spatial input sizes, one or two of them.
 * @param kernel kernel sizes, as many.
 */
export function readWindow(
  context: NodeContext,
  spatial: readonly number[],
  kernel: readonly number[],
): Window {
  const rank = spatial.length;
  if (rank < 1 || rank > 2) {
    context.refuse(`it has ${rank} spatial dimensions; 1 or 2 are supported`);
  }
  const strides = context.sizes("strides", rank, 1, 1);
  const dilations = context.sizes("dilations", rank, 1, 1);
  const ceil = context.number("ceil_mode", 0) !== 0;
  const extents = kernel.map((size, i) => (size - 1) * dilations[i] + 1);
  const auto = context.string("auto_pad", "NOTSET");
  const given = auto === "NOTSET" ? context.sizes("pads", 2 * rank, 0, 0) : null;
  const before: number[] = [];
  const after: number[] = [];
  const out = spatial.map((size, i) => {
    if (!given && auto.startsWith("SAME")) {
      const count = Math.ceil(size / strides[i]);
      const total = Math.max((count - 1) * strides[i] + extents[i] - size, 0);
      before.push(auto === "SAME_LOWER" ? Math.ceil(total / 2) : Math.floor(total / 2));
      after.push(total - before[i]);
      return count;
    }
    before.push(given?.[i] ?? 0);
    after.push(given?.[i + rank] ?? 0);
    const room = size + before[i] + after[i] - extents[i];
    if (room < 0) context.fail("its kernel is larger than its input", `${extents}`, `${spatial}`);
    let count = Math.floor(room / strides[i]) + 1;
    if (ceil && room % strides[i]) {
      // A window may begin past the floor's end, but not inside the padding behind the input.
      if (count * strides[i] < size + before[i]) {
        after[i] += (count * strides[i] + extents[i]) - (size + before[i] + after[i]);
        count++;
      }
    }
    return count;
  });
  const two = (values: readonly number[], missing: number): [number, number] =>
    rank === 2 ? [values[0], values[1]] : [missing, values[0]];
  const [top, left] = two(before, 0);
  const [bottom, right] = two(after, 0);
  return {
    kernel: two(kernel, 1),
    strides: two(strides, 1),
    dilations: two(dilations, 1),
    pads: [top, left, bottom, right],
    out: two(out, 1),
  };
}

/** The window as runtime parameters. */
export function windowParams({ strides, pads, dilations }: Window) {
  return {
    strideH: strides[0],
    strideW: strides[1],
    padTop: pads[0],
    padLeft: pads[1],
    padBottom: pads[2],
    padRight: pads[3],
    dilationH: dilations[0],
    dilationW: dilations[1],
  };
}
