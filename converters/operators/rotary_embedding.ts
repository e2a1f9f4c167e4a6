/**
 * RotaryEmbedding.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitHeads } from "./attention.ts";
import { emitConcat } from "./concat.ts";
import { emitSelection, emitSwap } from "./linear_map.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSlice, partAlong } from "./slice.ts";

/** Heads, and how many entries of each are turned. */
function rotaryOf(context: NodeContext) {
  const shape = context.shapeOfRank(0, 3, 4);
  const flat = shape.length === 3;
  const heads = flat ? context.number("num_heads", 0) : shape[1];
  const width = flat ? shape[2] / heads : shape[3];
  const turned = context.number("rotary_embedding_dim", 0) || width;
  const positions = context.constant(3, "positions");
  const cache = context.shape(1);
  const rows = positions ? context.shape(3) : cache.slice(0, 2);
  const fits = Number.isInteger(width) && turned % 2 === 0 && turned <= width &&
    text(cache) === text(context.shape(2)) && cache.at(-1) === turned / 2 &&
    text(rows) === text([shape[0], shape[flat ? 1 : 2]]) &&
    (positions ?? []).every((place) => place >= 0 && place < cache[0]);
  if (!fits) {
    context.fail(
      "its caches do not fit its input",
      `${text(cache)}, positions ${text(rows)}`,
      `half of ${turned} entries for each position of ${text(shape)}`,
    );
  }
  return { flat, heads, width, turned, positions };
}

/** Turns pairs of entries by angles whose cosines and sines are given. */
export const rotaryEmbedding: Operator = {
  names: ["RotaryEmbedding"],
  infer(context) {
    rotaryOf(context);
    return [{ dtype: context.input(0).dtype, shape: [...context.shape(0)] }];
  },
  lower(context) {
    const { flat, heads, width, turned } = rotaryOf(context);
    const x = emitHeads(context, context.value(0), heads, flat);
    const shape = context.shapeOf(x);
    const half = turned / 2;
    const apart = context.number("interleaved", 0) === 0;
    const part = (begin: number, step: number, size: number) =>
      emitSlice(context, x, partAlong(shape, 3, begin, size, step));
    const a = apart ? part(0, 1, half) : part(0, 2, half);
    const b = apart ? part(half, 1, half) : part(1, 2, half);
    const [cos, sin] = [1, 2].map((index) => emitAngles(context, index));
    const turn = (p: string, f: string, q: string, g: string, sign: 1 | -1) =>
      emitArithmetic(
        context,
        "Add",
        emitArithmetic(context, "Mul", p, f),
        emitArithmetic(context, "Mul", q, g),
        { factorB: sign },
      );
    const pair = [turn(a, cos, b, sin, -1), turn(a, sin, b, cos, 1)];
    const joined = apart ? emitConcat(context, pair, 3) : emitInterleaved(context, pair);
    const whole = turned === width
      ? joined
      : emitConcat(context, [joined, part(turned, 1, width - turned)], 3);
    context.finish(
      flat
        ? context.emit("Reshape", [emitSwap(context, whole, 1, 2)], {
          shape: context.outputShape(),
        })
        : whole,
    );
  },
};

/** Cosines or sines of every position as [B,1,L,D/2]. */
function emitAngles(context: Lowering, index: number): string {
  const { positions } = rotaryOf(context);
  const cache = context.value(index);
  const rows = positions ? emitSelection(context, cache, 0, positions) : cache;
  const [batch, length] = positions ? context.shape(3) : context.shape(index);
  const depth = sizeOf(context.shapeOf(rows)) / batch / length;
  return context.emit("Reshape", [rows], { shape: [batch, 1, length, depth] });
}

/** Two tensors [B,H,L,D] entry by entry in turn: [B,H,L,2D]. */
function emitInterleaved(context: Lowering, pair: readonly string[]): string {
  const shape = context.shapeOf(pair[0]);
  const columns = pair.map((value) => context.emit("Reshape", [value], { shape: [...shape, 1] }));
  const both = emitConcat(context, columns, 4);
  return context.emit("Reshape", [both], { shape: [...shape.slice(0, 3), shape[3] * 2] });
}
