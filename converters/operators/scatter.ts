/**
 * ScatterElements, ScatterND and the old Scatter, by constant indices.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import { emitConcat } from "./concat.ts";
import { elementPlaces, rowPlaces } from "./gather_elements.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitPick, type Picked } from "./places.ts";
import { copyElements, emptyLike, fromNumbers } from "./values.ts";

/** How an update and what it meets become one. */
interface Reduction {
  readonly op: "Add" | "Mul" | "Maximum" | "Minimum";
  readonly neutral: number;
  readonly compute: (a: number, b: number) => number;
}

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  add: { op: "Add", neutral: 0, compute: (a, b) => a + b },
  mul: { op: "Mul", neutral: 1, compute: (a, b) => a * b },
  max: { op: "Maximum", neutral: -Infinity, compute: Math.max },
  min: { op: "Minimum", neutral: Infinity, compute: Math.min },
};

/** The node's reduction, or null where an update takes the place of what was there. */
function reductionOf(context: NodeContext): Reduction | null {
  const name = context.string("reduction", "none");
  if (name === "none") return null;
  return REDUCTIONS[name] ??
    context.fail("its reduction is not known", name, "none, add, mul, max or min");
}

/** Which update each row meets, −1 for none: one list after the other where several meet a row. */
function meetings(places: readonly number[], rows: number): number[][] {
  const lists: number[][] = [];
  const counts = new Array<number>(rows).fill(0);
  places.forEach((place, update) => {
    const turn = counts[place]++;
    lists[turn] ??= new Array<number>(rows).fill(-1);
    lists[turn][place] = update;
  });
  return lists;
}

function scatter(name: string, pick: (context: NodeContext) => Picked): Operator {
  return {
    names: [name],
    takesIntegers: true,
    infer(context) {
      context.constant(1, "indices");
      const { shape } = pick(context);
      if (text(context.shape(2)) !== text(shape)) {
        context.fail("its updates do not fit", text(context.shape(2)), text(shape));
      }
      reductionOf(context);
      return [{ dtype: context.input(0).dtype, shape: [...context.shape(0)] }];
    },
    evaluate(context, [{ dtype }]) {
      const { places, inner } = pick(context);
      const reduction = reductionOf(context);
      const out = emptyLike(context.data(0), context.data(0).length);
      copyElements(context.data(0), 0, out.length, out, 0);
      if (!reduction) {
        const updates = context.data(2);
        places.forEach((place, i) => copyElements(updates, i * inner, inner, out, place * inner));
        return [out];
      }
      const [values, updates] = [context.values(0), context.values(2)];
      updates.forEach((update, i) => {
        const at = places[Math.floor(i / inner)] * inner + i % inner;
        values[at] = reduction.compute(values[at], update);
      });
      return [fromNumbers(dtype, values)];
    },
    lower(context) {
      const { places, inner } = pick(context);
      const shape = context.shape(0);
      const rows = sizeOf(shape) / inner;
      const [x, updates] = [0, 2].map((index) => emitRows(context, context.value(index), inner));
      const lists = meetings(places, rows);
      const reduction = reductionOf(context);
      if (!reduction) {
        const last = Array.from({ length: rows }, (_, row) => row);
        places.forEach((place, update) => last[place] = rows + update);
        const both = emitConcat(context, [x, updates], 0);
        return context.finish(emitPick(context, both, last, inner, shape));
      }
      const neutral = context.newConstant([1, inner], new Array(inner).fill(reduction.neutral));
      const both = emitConcat(context, [updates, neutral], 0);
      const reduced = lists.reduce((value, list) => {
        const met = list.map((update) => update < 0 ? places.length : update);
        const picked = emitPick(context, both, met, inner, [rows, inner]);
        return emitArithmetic(context, reduction.op, value, picked);
      }, x);
      context.finish(context.emit("Reshape", [reduced], { shape }));
    },
  };
}

/** A tensor as rows of `inner` elements. */
function emitRows(context: Lowering, value: string, inner: number): string {
  return context.emit("Reshape", [value], {
    shape: [sizeOf(context.shapeOf(value)) / inner, inner],
  });
}

const byElements = (context: NodeContext): Picked => ({
  places: elementPlaces(context),
  inner: 1,
  shape: [...context.shape(1)],
});

/** The scattering operators. */
export const scatters: readonly Operator[] = [
  scatter("Scatter", byElements),
  scatter("ScatterElements", byElements),
  scatter("ScatterND", rowPlaces),
];
