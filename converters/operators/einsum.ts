/**
 * Einsum.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import { emitMatMul } from "./matmul.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitReduce } from "./reduce.ts";
import { transposeData } from "./values.ts";

/** An equation with its ellipses written out; every axis has a letter (or a number in an ellipsis). */
interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
}

function equationOf(context: NodeContext): Equation {
  const given = context.string("equation", "").replaceAll(/\s/g, "");
  const [left, right] = given.split("->");
  const terms = left.split(",");
  const wrong = (): never =>
    context.fail("its equation does not fit its inputs", given, "one term for each input");
  if (terms.length !== context.inputCount || !/^[A-Za-z.,]*(->[A-Za-z.]*)?$/.test(given)) wrong();
  const sizes = new Map<string, number>();
  let widest = 0;
  const inputs = terms.map((term, i) => {
    const shape = context.shape(i);
    const rest = shape.length - term.replace("...", "").length;
    if (rest < 0 || rest > 0 && !term.includes("...")) wrong();
    widest = Math.max(widest, rest);
    const axes = lettersOf(term, rest);
    axes.forEach((letter, axis) => {
      const known = sizes.get(letter) ?? 1;
      if (known !== 1 && shape[axis] !== 1 && known !== shape[axis]) wrong();
      sizes.set(letter, Math.max(known, shape[axis]));
    });
    return axes;
  });
  const output = right === undefined ? impliedOutput(inputs) : lettersOf(right, widest);
  if (output.some((letter) => !sizes.has(letter)) || new Set(output).size < output.length) wrong();
  return { inputs, output, sizes };
}

/** Letters of a term; axes of an ellipsis are counted from its end. */
function lettersOf(term: string, rest: number): string[] {
  const [before, after] = term.split("...");
  const numbers = after === undefined
    ? []
    : Array.from({ length: rest }, (_, i) => String(rest - i));
  return [...before, ...numbers, ...(after ?? "")];
}

/** Without an output: the ellipsis, then all letters that stand once, in order. */
function impliedOutput(inputs: readonly (readonly string[])[]): string[] {
  const all = inputs.flat();
  const numbers = [...new Set(all.filter((letter) => /\d/.test(letter)))];
  const once = all.filter((letter) =>
    !/\d/.test(letter) && all.indexOf(letter) === all.lastIndexOf(letter)
  );
  return [...numbers.sort((a, b) => Number(b) - Number(a)), ...once.sort()];
}

/** A tensor with a letter for each axis. */
interface Term {
  readonly value: string;
  readonly axes: readonly string[];
}

/** Sums of products over the axes that the output leaves out. */
export const einsum: Operator = {
  names: ["Einsum"],
  infer(context) {
    const { inputs, output, sizes } = equationOf(context);
    if (inputs.some((axes) => new Set(axes).size < axes.length)) {
      context.refuse("it takes a diagonal");
    }
    const shape = output.map((letter) => sizes.get(letter) ?? 1);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const { inputs, output, sizes } = equationOf(context);
    const dense = emitDense(context, equationOf(context));
    if (dense) return context.finish(emitOrder(context, dense, output));
    const terms = inputs.map((axes, i): Term => ({ value: context.value(i), axes }));
    const product = terms.reduce((a, b, i) => {
      const later = new Set([...inputs.slice(i + 1).flat(), ...output]);
      return emitProduct(context, a, b, later, sizes);
    });
    const summed = emitSum(context, product, new Set(output));
    context.finish(emitOrder(context, summed, output));
  },
};

/** Sums over all axes that nobody takes. */
function emitSum(context: Lowering, { value, axes }: Term, kept: ReadonlySet<string>): Term {
  const gone = axes.flatMap((letter, axis) => kept.has(letter) ? [] : [axis]);
  if (gone.length === 0) return { value, axes };
  const reduced = emitReduce(context, "sum", value, gone);
  const left = axes.filter((letter) => kept.has(letter));
  const shape = context.shapeOf(reduced).filter((_, axis) => !gone.includes(axis));
  return { value: context.emit("Reshape", [reduced], { shape }), axes: left };
}

/** The axes in an order; those that the term has not have size 1. */
function emitOrder(context: Lowering, { value, axes }: Term, order: readonly string[]): string {
  const list = order.filter((letter) => axes.includes(letter)).map((l) => axes.indexOf(l));
  const from = context.shapeOf(value);
  const shape = list.map((axis) => from[axis]);
  const turned = list.every((axis, i) => axis === i)
    ? value
    : context.emit("Transpose", [value], { shape, list });
  const full = order.map((letter) => axes.includes(letter) ? from[axes.indexOf(letter)] : 1);
  return text(full) === text(shape) ? turned : context.emit("Reshape", [turned], { shape: full });
}

/** An input times constant weights, with no axis that both keep; null where it is something else. */
function emitDense(context: Lowering, { inputs, output, sizes }: Equation): Term | null {
  if (inputs.length !== 2 || !context.isConstant(1) || context.isConstant(0)) return null;
  const [a, b] = inputs;
  const inner = a.filter((letter) => !output.includes(letter));
  const columns = b.filter((letter) => !inner.includes(letter));
  const rows = a.filter((letter) => !inner.includes(letter));
  const fits = inner.length > 0 && inner.every((letter) => b.includes(letter)) &&
    columns.every((letter) => output.includes(letter) && !a.includes(letter)) &&
    [a, b].every((axes, i) =>
      axes.every((letter, axis) => context.shape(i)[axis] === sizes.get(letter))
    );
  if (!fits) return null;
  const size = (letters: readonly string[]) => sizeOf(letters.map((l) => sizes.get(l) ?? 1));
  const perm = [...columns, ...inner].map((letter) => b.indexOf(letter));
  const weights = context.constantFrom(
    1,
    perm.join(),
    [size(columns), size(inner)],
    (data) => transposeData(data, context.shape(1), perm),
  );
  const ordered = emitOrder(context, { value: context.value(0), axes: a }, [...rows, ...inner]);
  const x = context.emit("Reshape", [ordered], { shape: [size(rows), size(inner)] });
  const mapped = context.emit("FullyConnected", [x, weights], {
    shape: [size(rows), size(columns)],
  });
  const axes = [...rows, ...columns];
  const shape = axes.map((letter) => sizes.get(letter) ?? 1);
  return { value: context.emit("Reshape", [mapped], { shape }), axes };
}

/** Product of two terms, summed over what only they have: one matrix product. */
function emitProduct(
  context: Lowering,
  a: Term,
  b: Term,
  later: ReadonlySet<string>,
  sizes: ReadonlyMap<string, number>,
): Term {
  const kept = new Set([...later, ...a.axes.filter((letter) => b.axes.includes(letter))]);
  const [left, right] = [a, b].map((term) =>
    emitSum(context, term, new Set([...kept, ...(term === a ? b : a).axes]))
  );
  const both = left.axes.filter((letter) => right.axes.includes(letter));
  const batch = both.filter((letter) => later.has(letter));
  const inner = both.filter((letter) => !later.has(letter));
  const [rows, columns] = [left, right].map(({ axes }) => axes.filter((l) => !both.includes(l)));
  const size = (letters: readonly string[]) => sizeOf(letters.map((l) => sizes.get(l) ?? 1));
  const whole = [...both].every((letter) =>
    [left, right].every(({ value, axes }) =>
      context.shapeOf(value)[axes.indexOf(letter)] === sizes.get(letter)
    )
  );
  const axes = [...batch, ...rows, ...columns];
  if (!whole || inner.length === 0) {
    const order = [...axes, ...inner];
    const [x, y] = [left, right].map((term) => emitOrder(context, term, order));
    return emitSum(
      context,
      { value: emitArithmetic(context, "Mul", x, y), axes: order },
      new Set(axes),
    );
  }
  const fold = (term: Term, order: string[], shape: number[]) =>
    context.emit("Reshape", [emitOrder(context, term, order)], { shape });
  const x = fold(left, [...batch, ...rows, ...inner], [size(batch), size(rows), size(inner)]);
  const y = fold(right, [...batch, ...inner, ...columns], [
    size(batch),
    size(inner),
    size(columns),
  ]);
  const shape = axes.map((letter) => sizes.get(letter) ?? 1);
  return { value: context.emit("Reshape", [emitMatMul(context, x, y)], { shape }), axes };
}
