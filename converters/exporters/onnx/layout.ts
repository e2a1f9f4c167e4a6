/**
 * In which order an ONNX value has the dimensions of a core tensor: dimension i of the value is
 * dimension `order[i]` of the tensor.
 * @module
 */

/** Dimensions of a tensor in the order of a value. */
export type Order = readonly number[];

/** Channels first of a picture [N, H, W, C]. */
export const CHANNELS_FIRST: Order = [0, 3, 1, 2];

/** The tensor's own order. */
export function ownOrder(rank: number): Order {
  return Array.from({ length: rank }, (_, i) => i);
}

/** Whether two orders are the same. */
export function sameOrder(a: Order, b: Order): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** Sizes, or whatever else there is one of for each dimension, in another order. */
export function reorder<T>(values: readonly T[], order: Order): T[] {
  return order.map((axis) => values[axis]);
}

/** The perm of the ONNX Transpose that turns a value in order `from` into one in order `to`. */
export function permBetween(from: Order, to: Order): number[] {
  return to.map((axis) => from.indexOf(axis));
}

/** Whether two orders lay the elements out alike, as they differ only in dimensions of size 1. */
export function sameBytes(a: Order, b: Order, shape: readonly number[]): boolean {
  const large = (order: Order) => order.filter((axis) => shape[axis] !== 1);
  return sameOrder(large(a), large(b));
}

/** Order of the output of a core Transpose whose input lies in `order`: no element moves. */
export function behindTranspose(order: Order, list: readonly number[]): number[] {
  return order.map((axis) => list.indexOf(axis));
}

/**
 * Order of the output of a core Reshape whose input lies in `order`, where ONNX's Reshape of the
 * value as it lies gives it; null where elements would have to move.
 *
 * Both shapes are cut into the smallest runs of dimensions with equal products. A run can be
 * reshaped where it lies as long as its dimensions stand together and in their own order.
 */
export function behindReshape(
  from: readonly number[],
  to: readonly number[],
  order: Order,
): Order | null {
  const large = order.filter((axis) => from[axis] !== 1);
  const found: number[] = [];
  for (const { inputs, outputs } of runs(from, to)) {
    const at = large.indexOf(inputs[0]);
    if (!inputs.every((axis, i) => large[at + i] === axis)) return null;
    outputs.forEach((axis, i) => found.push(at + i / (outputs.length + 1), axis));
  }
  const pairs = Array.from({ length: found.length / 2 }, (_, i) => found.slice(2 * i, 2 * i + 2));
  const sorted = pairs.sort(([a], [b]) => a - b).map(([, axis]) => axis);
  const candidates = [ownOrder(to.length), ...to.length === 4 ? [CHANNELS_FIRST] : []];
  const fits = (order: Order) => sameOrder(order.filter((axis) => to[axis] !== 1), sorted);
  const ones = ownOrder(to.length).filter((axis) => to[axis] === 1);
  return candidates.find(fits) ?? [...ones, ...sorted];
}

/** Dimensions larger than 1 that become each other, in the tensors' own order. */
function runs(from: readonly number[], to: readonly number[]) {
  const large = (shape: readonly number[]) => ownOrder(shape.length).filter((i) => shape[i] !== 1);
  const [inputs, outputs] = [large(from), large(to)];
  const found: { inputs: number[]; outputs: number[] }[] = [];
  while (inputs.length && outputs.length) {
    const run = { inputs: [inputs.shift()!], outputs: [outputs.shift()!] };
    let difference = from[run.inputs[0]] - to[run.outputs[0]];
    let [before, after] = [from[run.inputs[0]], to[run.outputs[0]]];
    while (difference !== 0) {
      if (difference < 0) {
        run.inputs.push(inputs.shift()!);
        before *= from[run.inputs[run.inputs.length - 1]];
      } else {
        run.outputs.push(outputs.shift()!);
        after *= to[run.outputs[run.outputs.length - 1]];
      }
      difference = before - after;
    }
    found.push(run);
  }
  return found;
}

/** Elements of a row-major tensor in another order. */
export function reorderData<T extends Float32Array | Int8Array>(
  data: T,
  shape: readonly number[],
  order: Order,
): T {
  const strides = new Array<number>(shape.length);
  shape.reduceRight((step, dim, i) => (strides[i] = step, step * dim), 1);
  const sizes = reorder(shape, order);
  const steps = reorder(strides, order);
  const index = sizes.map(() => 0);
  const out = data.slice() as T;
  for (let to = 0, from = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < sizes[axis]) break;
      from -= steps[axis] * sizes[axis];
      index[axis] = 0;
    }
  }
  return out;
}
