/** C calls of the operators that broadcast, move or reduce. */
import { REDUCE_KINDS } from "../../runtime/format/operators.ts";
import { stridesOf } from "../../runtime/reference/context.ts";
import { type Call, cFloat, type Parts } from "./c_text.ts";

const six = (values: readonly number[]) => `{${values.join(", ") || 0}}`;

/** `kedge_move` by the name PREFIX_d. */
export function walk(
  prefix: string,
  shape: readonly number[],
  from: number,
  steps: readonly number[],
): string {
  return `static const kedge_move ${prefix}_d = {${shape.length}, ${six(shape)}, ${from}, ${
    six(steps)
  }};\n`;
}

/** Operators with two operands. */
export function binaryOf({ model, operator, prefix, x, output, from: [a, b], to }: Parts): Call {
  const params: Record<string, number> = operator.params;
  const type = x.dtype === "int8" ? "s8" : "f32";
  const kernel = `kedge_${operator.op.toLowerCase()}_${type}`;
  const [left, right] = operator.inputs.map((i) => model.tensors[i]);
  const factors = [params.factorA ?? params.factor ?? 0, params.factorB ?? 0].map(cFloat).join();
  const bounds = type === "s8"
    ? [left.zeroPoint, right.zeroPoint, output.zeroPoint, params.min, params.max].join()
    : [params.min ?? -Infinity, params.max ?? Infinity].map(cFloat).join();
  const rule = `static const kedge_binary_${type} ${prefix}_q = {${factors}, ${bounds}};\n`;
  if (left.size === output.size && (right.size === output.size || right.size === 1)) {
    const step = right.size === output.size ? 1 : 0;
    return {
      kernels: [kernel],
      constants: rule,
      body: `${kernel}(${a}, ${b}, ${to}, ${output.size}, 1, ${step}, &${prefix}_q);`,
    };
  }
  const steps = [left, right].map(({ shape }) => [
    ...new Array<number>(output.shape.length - shape.length).fill(0),
    ...stridesOf(shape).map((stride, axis) => shape[axis] === 1 ? 0 : stride),
  ]);
  const dims = [output.shape.length, ...[output.shape, ...steps].map(six)];
  return {
    kernels: [kernel, `kedge_broadcast_${type}`],
    constants: `${rule}static const kedge_broadcast ${prefix}_d = {${dims.join(", ")}};\n`,
    body: `kedge_broadcast_${type}(${kernel}, ${a}, ${b}, ${to}, &${prefix}_q, &${prefix}_d);`,
  };
}

/** Pad. */
export function padOf({ operator, prefix, x, output, from: [from], to }: Parts): Call {
  const type = x.dtype === "int8" ? "s8" : "f32";
  const strides = stridesOf(output.shape);
  const begin = strides.reduce((sum, step, axis) => sum + step * operator.list[axis], 0);
  const { value } = operator.params as { value: number };
  return {
    kernels: [`kedge_fill_${type}`, `kedge_scatter_${type}`],
    constants: walk(prefix, x.shape, begin, strides),
    body: `kedge_fill_${type}(${to}, ${output.size}, ${value});
  kedge_scatter_${type}(${from}, ${to}, &${prefix}_d);`,
  };
}

/** Concat. */
export function concatOf({ model, operator, output, from, to, x }: Parts): Call {
  const { axis } = operator.params as { axis: number };
  const width = x.dtype === "int8" ? 1 : 4;
  const inner = width * output.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const rows = output.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  let offset = 0;
  const calls = operator.inputs.map((input, i) => {
    const bytes = model.tensors[input].shape[axis] * inner;
    const call = `kedge_concat(${from[i]}, (uint8_t *)${to} + ${offset}, ${rows}, ${bytes}, ${
      output.shape[axis] * inner
    });`;
    offset += bytes;
    return call;
  });
  return { kernels: ["kedge_concat"], body: calls.join("\n  ") };
}

/** Reduce. */
export function reduceOf({ operator, prefix, x, output, from: [from], to }: Parts): Call {
  const { kind } = operator.params as { kind: number };
  const axes = new Set(operator.list);
  const kept = x.shape.map((dim, axis) => axes.has(axis) ? 1 : dim);
  const steps = stridesOf(kept).map((step, axis) => axes.has(axis) ? 0 : step);
  const kernel = `kedge_reduce_${REDUCE_KINDS[kind]}`;
  const count = operator.list.reduce((product, axis) => product * x.shape[axis], 1);
  return {
    kernels: [kernel],
    constants: walk(prefix, x.shape, 0, steps),
    body: `${kernel}(${from}, ${to}, &${prefix}_d, ${output.size}, ${cFloat(count)});`,
  };
}
