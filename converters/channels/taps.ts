/**
 * Which cells of a window lie inside and outside of the picture as it slides.
 * @module
 */
import type { CoreGraph, CoreNode } from "../graph/graph.ts";

/** Where one cell of a window can be over all places of the window. */
export interface Tap {
  /** Inside of the picture somewhere. */
  inside: boolean;
  /** On padding somewhere. */
  outside: boolean;
}

/**
 * Every cell of the window, row by row; one that is always inside for an operator without a window.
 * @param kernel height and width.
 */
export function tapsOf(graph: CoreGraph, node: CoreNode, kernel: [number, number]): Tap[] {
  if (node.op === "FullyConnected") return [{ inside: true, outside: false }];
  const { params, inputs: [x], output } = node;
  const [, height, width] = graph.tensors.get(x)!.shape!;
  const [, rows, columns] = graph.tensors.get(output)!.shape!;
  const vertical = along(kernel[0], rows, params.strideH, params.padTop, params.dilationH, height);
  const across = along(kernel[1], columns, params.strideW, params.padLeft, params.dilationW, width);
  return vertical.flatMap((a) =>
    across.map((b) => ({ inside: a.inside && b.inside, outside: a.outside || b.outside }))
  );
}

function along(
  kernel: number,
  places: number,
  stride: number,
  before: number,
  dilation = 1,
  size: number,
): Tap[] {
  return Array.from({ length: kernel }, (_, k) => {
    const tap = { inside: false, outside: false };
    for (let place = 0; place < places; place++) {
      const at = place * stride - before + k * dilation;
      if (at >= 0 && at < size) tap.inside = true;
      else tap.outside = true;
    }
    return tap;
  });
}
