/**
 * Attention.
 * @module
 */
import { emitScaled } from "./activations.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitConcat } from "./concat.ts";
import { constantChoice, emitChoice, emitEqual, emitSelect } from "./conditions.ts";
import { emitRepeat, emitSwap } from "./linear_map.ts";
import type { Lowering } from "./lowering.ts";
import { emitMatMul } from "./matmul.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator, TensorType } from "./operator.ts";
import { emitReduce } from "./reduce.ts";
import { emitUnary } from "./unary.ts";

/** Sizes of one node; keys and values have `past` entries from before. */
interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: number;
  /** Keys with those of the past. */
  readonly keys: number;
  readonly past: number;
  readonly depth: number;
  readonly valueDepth: number;
  /** Whether the heads stand beside each other in the last axis. */
  readonly flat: boolean;
}

const [MASK, PAST_KEY, PAST_VALUE, LENGTHS] = [3, 4, 5, 6];

function sizesOf(context: NodeContext): Sizes {
  const q = context.shapeOfRank(0, 3, 4);
  const [k, v] = [1, 2].map((i) => context.shapeOfRank(i, q.length));
  const flat = q.length === 3;
  const past = context.has(PAST_KEY) ? context.shapeOfRank(PAST_KEY, 4)[2] : 0;
  const heads = flat ? context.number("q_num_heads", 0) : q[1];
  const keyHeads = flat ? context.number("kv_num_heads", 0) : k[1];
  const sizes: Sizes = {
    batch: q[0],
    heads,
    keyHeads,
    queries: q[q.length - 2],
    keys: k[k.length - 2] + past,
    past,
    depth: flat ? q[2] / heads : q[3],
    valueDepth: flat ? v[2] / keyHeads : v[3],
    flat,
  };
  const whole = Object.values(sizes).every((size) => Number.isInteger(Number(size)));
  const fits = whole && keyHeads >= 1 && heads % keyHeads === 0 && k[0] === q[0] &&
    (flat ? k[2] === keyHeads * sizes.depth : k[3] === sizes.depth && v[1] === k[1]) &&
    v[v.length - 2] === k[k.length - 2];
  if (!fits) {
    context.fail(
      "its query, key and value do not fit",
      [q, k, v].map(text).join(", "),
      "equal batches, depths and lengths, key heads that divide the heads",
    );
  }
  return sizes;
}

/** Attention of queries to keys, with everything that the standard has beside it. */
export const attention: Operator = {
  names: ["Attention"],
  takesIntegers: true,
  infer(context): TensorType[] {
    const { dtype } = context.input(0);
    const { batch, heads, keyHeads, queries, keys, depth, valueDepth, flat } = sizesOf(context);
    context.constant(LENGTHS, "key lengths");
    const output = flat
      ? [batch, queries, heads * valueDepth]
      : [batch, heads, queries, valueDepth];
    return [
      output,
      [batch, keyHeads, keys, depth],
      [batch, keyHeads, keys, valueDepth],
      [batch, heads, queries, keys],
    ].map((shape) => ({ dtype, shape }));
  },
  lower(context) {
    const sizes = sizesOf(context);
    const { batch, heads, keyHeads, queries, keys, depth, valueDepth, flat } = sizes;
    const q = emitHeads(context, context.value(0), heads, flat);
    const [key, value] = [[1, PAST_KEY], [2, PAST_VALUE]].map(([index, before]) => {
      const own = emitHeads(context, context.value(index), keyHeads, flat);
      return context.has(before) ? emitConcat(context, [context.value(before), own], 2) : own;
    });
    const scaled = emitScaled(context, q, context.number("scale", 1 / Math.sqrt(depth)));
    const shared = heads / keyHeads;
    const raw = emitMatMul(
      context,
      scaled,
      emitSwap(context, emitRepeat(context, key, 1, shared), 2, 3),
    );
    const cap = context.number("softcap", 0);
    const capped = cap === 0
      ? raw
      : emitScaled(context, emitUnary(context, "tanh", emitScaled(context, raw, 1 / cap)), cap);
    const bias = emitBias(context, sizes);
    const biased = bias ? emitArithmetic(context, "Add", capped, bias) : capped;
    const weights = emitWeights(context, biased, bias);
    const product = emitMatMul(context, weights, emitRepeat(context, value, 1, shared));
    const shape = [batch, queries, heads, valueDepth];
    context.finish(
      flat
        ? context.emit("Reshape", [
          context.emit("Transpose", [product], { shape, list: [0, 2, 1, 3] }),
        ], { shape: context.outputShape() })
        : product,
    );
    const scores = [raw, capped, biased, weights][context.number("qk_matmul_output_mode", 0)];
    const full = context.shapeOf(scores).length === 4 && context.shapeOf(scores)[3] === keys;
    [key, value, full ? scores : raw].forEach((extra, i) => {
      if (context.node.outputs[i + 1]) context.finish(extra, i + 1);
    });
  },
};

/** [B,L,H·D] as [B,H,L,D]. */
export function emitHeads(context: Lowering, x: string, heads: number, flat: boolean): string {
  if (!flat) return x;
  const [batch, length, width] = context.shapeOf(x);
  const shape = [batch, length, heads, width / heads];
  return emitSwap(context, context.emit("Reshape", [x], { shape }), 1, 2);
}

/** What is added to the scores: masks as 0 and −∞; null for nothing. */
function emitBias(context: Lowering, sizes: Sizes): string | null {
  const given = context.has(MASK) ? emitMask(context, sizes.keys) : null;
  const fixed = fixedMask(context, sizes);
  if (!fixed) return given;
  const constant = context.newConstant(
    fixed.shape,
    fixed.allowed.map((allowed) => allowed ? 0 : -Infinity),
  );
  return given ? emitArithmetic(context, "Add", given, constant) : constant;
}

/** The mask input as a bias over all keys; those that it does not reach are left out. */
function emitMask(context: Lowering, keys: number): string {
  const shape = context.shape(MASK);
  const never = context.newConstant([], [-Infinity]);
  const zero = context.newConstant([], [0]);
  const mask = context.value(MASK);
  const bias = context.input(MASK).dtype !== "bool" ? mask : emitSelect(
    context,
    context.isConstant(MASK)
      ? constantChoice(context, shape, context.values(MASK))
      : emitChoice(context, mask),
    zero,
    never,
  );
  const width = shape.at(-1) ?? 1;
  if (width === keys || width === 1 || shape.length === 0) return bias;
  const full = context.shapeOf(bias);
  return context.emit("Pad", [bias], {
    shape: full.with(-1, keys),
    params: { value: -Infinity },
    list: full.map(() => 0),
  });
}

/** Which keys each query may see by order and by the keys' lengths; null for all. */
function fixedMask(
  context: Lowering,
  sizes: Sizes,
): { shape: number[]; allowed: boolean[] } | null {
  const causal = context.number("is_causal", 0) === 1;
  const lengths = context.has(LENGTHS) ? context.values(LENGTHS) : null;
  if (!causal && !lengths) return null;
  const { queries, keys, past } = sizes;
  const rows = (lengths ?? [null]).flatMap((length) => {
    const offset = length === null ? past : length - queries;
    return Array.from({ length: queries * keys }, (_, i) => {
      const [row, key] = [Math.floor(i / keys), i % keys];
      return (!causal || key <= row + offset) && (length === null || key < length);
    });
  });
  return { shape: [lengths?.length ?? 1, 1, queries, keys], allowed: rows };
}

/** Softmax of the scores; rows that may see no key at all are 0. */
function emitWeights(context: Lowering, scores: string, bias: string | null): string {
  const weights = context.emit("Softmax", [scores], { shape: context.shapeOf(scores) });
  if (!bias) return weights;
  const rank = context.shapeOf(bias).length;
  const top = rank === 0 ? bias : emitReduce(context, "max", bias, [rank - 1]);
  const blind = emitEqual(context, top, context.newConstant([], [-Infinity]));
  const zero = context.newConstant([], [0]);
  return emitSelect(context, emitChoice(context, blind), zero, weights);
}
