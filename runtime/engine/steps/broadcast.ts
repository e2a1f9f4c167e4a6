/**
 * Operators with two operands that broadcast, on WASM. Operands that do not run together on four
 * axes go through the reference.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../format/model.ts";
import { stridesOf } from "../../reference/context.ts";
import { add, binary, mul } from "../../reference/elementwise.ts";
import { operandAddress, type Preparation, type Step, writeArguments } from "../step.ts";
import { type Axis, collapse, fillAxes, MOST_AXES } from "./axes.ts";
import { referenceStep } from "./reference.ts";

/** What the kernels call the operators. */
const KINDS = { Add: 0, Mul: 1, Div: 2, Maximum: 3, Minimum: 4 } as const;

/** Axes of the output with both operands' strides, aligned at the end as in numpy. */
function axesOf(a: ModelTensor, b: ModelTensor, output: ModelTensor): Axis[] {
  const stridesFor = ({ shape }: ModelTensor) => {
    const strides = stridesOf(shape);
    const missing = output.shape.length - shape.length;
    return output.shape.map((_, axis) =>
      (shape[axis - missing] ?? 1) === 1 ? 0 : strides[axis - missing]
    );
  };
  const [left, right] = [stridesFor(a), stridesFor(b)];
  return collapse(output.shape.map((size, i) => ({ size, strides: [left[i], right[i]] })));
}

function kernelFor(a: ModelTensor, b: ModelTensor, output: ModelTensor): string | null {
  if (axesOf(a, b, output).length > MOST_AXES) return null;
  return a.dtype === "int8" ? "broadcast_int8" : "broadcast_float32";
}

function broadcastStep(op: keyof typeof KINDS, fallback: Step): Step {
  return (preparation) => {
    const { inputs: [a, b], output } = preparation;
    const name = kernelFor(a, b, output);
    if (!name) return fallback(preparation);
    const block = writeBroadcast(preparation, KINDS[op]);
    return preparation.spread(name, [block]);
  };
}

function writeBroadcast(preparation: Preparation, kind: number): number {
  const { operator, inputs: [a, b], output, address } = preparation;
  const params: Partial<ModelOperator<"Add">["params"] & ModelOperator<"Mul">["params"]> =
    operator.params;
  const { factor = 1, factorA = factor, factorB = 1, min = 0, max = 0 } = params;
  const axes = fillAxes(axesOf(a, b, output), 2);
  const zy = output.dtype === "int8" ? output.zeroPoint : 0;
  return writeArguments(preparation, [
    ...[operandAddress(preparation, a), operandAddress(preparation, b), address(output), kind],
    ...axes.map(({ size }) => size),
    ...axes.map(({ strides }) => strides[0]),
    ...axes.map(({ strides }) => strides[1]),
    ...[a.zeroPoint, b.zeroPoint, zy, factorA, factorB, min - zy, max - zy],
  ], [19, 20, 21, 22]);
}

/** Add of any shapes. */
export const BroadcastAdd: Step = /* @__PURE__ */ broadcastStep(
  "Add",
  /* @__PURE__ */ referenceStep(add),
);

/** Mul. */
export const Mul: Step = /* @__PURE__ */ broadcastStep("Mul", /* @__PURE__ */ referenceStep(mul));

const other = /* @__PURE__ */ referenceStep<"Div">(binary);

/** Div. */
export const Div: Step = /* @__PURE__ */ broadcastStep("Div", other);

/** Maximum. */
export const Maximum: Step = /* @__PURE__ */ broadcastStep("Maximum", other);

/** Minimum. */
export const Minimum: Step = /* @__PURE__ */ broadcastStep("Minimum", other);
