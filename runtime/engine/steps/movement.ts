/**
 * Transpose, Slice, Concat and Pad on WASM: copies with strides. What has more than four dimensions
 * that do not run together goes through the reference.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { Model, ModelOperator, ModelTensor } from "../../format/model.ts";
import { stridesOf } from "../../reference/context.ts";
import { concat, pad, slice, transpose } from "../../reference/movement.ts";
import { activationView, type Preparation, type Step, writeArguments } from "../step.ts";
import { referenceStep } from "./reference.ts";

/** One axis of a copy: size, and strides in values on both sides. */
interface Axis {
  size: number;
  from: number;
  to: number;
}

/** A block of one input that goes to the output. */
interface Block {
  input: number;
  axes: Axis[];
  /** First value on both sides. */
  from: number;
  to: number;
}

/** Most axes that the kernel takes. */
const MOST_AXES = 4;

/** Drops axes of one value and joins neighbours that run together on both sides. */
function collapse(axes: readonly Axis[]): Axis[] {
  const out: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = out[out.length - 1];
    const joins = last && last.from === axis.from * axis.size && last.to === axis.to * axis.size;
    if (joins) out[out.length - 1] = { ...axis, size: last.size * axis.size };
    else out.push({ ...axis });
  }
  return out;
}

/** A step made of copies; `fill` comes first where they leave something out. */
function copyStep(
  blocksOf: (operator: ModelOperator, inputs: ModelTensor[], output: ModelTensor) => Block[],
  fallback: Step,
  fills = false,
): Step {
  const plan = (
    { operator, inputs, output }: Pick<Preparation, "operator" | "inputs" | "output">,
  ) => {
    const blocks = blocksOf(operator, [...inputs], output)
      .map((block) => ({ ...block, axes: collapse(block.axes) }));
    return blocks.every(({ axes }) => axes.length <= MOST_AXES) ? blocks : null;
  };
  return {
    kernels(operator, { tensors }: Model) {
      const inputs = operator.inputs.map((i) => tensors[i]);
      return plan({ operator, inputs, output: tensors[operator.output] }) ? ["copy_strided"] : [];
    },
    prepare(preparation) {
      const blocks = plan(preparation);
      if (!blocks) return fallback.prepare(preparation);
      const { operator, output, inputs, address, memory, kernel } = preparation;
      const arguments_ = blocks.map((block) => writeCopy(preparation, block));
      const copy = kernel("copy_strided");
      if (!fills) return () => arguments_.forEach((at) => copy(at));
      const { value } = (operator as ModelOperator<"Pad">).params;
      const view = () => activationView(memory(), address(output), output);
      return () => {
        if (output.size > inputs[0].size) view().fill(value);
        arguments_.forEach((at) => copy(at));
      };
    },
  };
}

function writeCopy(preparation: Preparation, { input, axes, from, to }: Block): number {
  const { inputs, output, address } = preparation;
  const x = inputs[input];
  const size = output.dtype === "int8" ? 1 : 4;
  const padded = [
    ...Array<Axis>(MOST_AXES - axes.length).fill({ size: 1, from: 0, to: 0 }),
    ...axes,
  ];
  // The innermost strides say whether whole rows can be copied.
  const source = x.data ? writeConstant(preparation, x) : address(x);
  const words = [
    source + from * size,
    address(output) + to * size,
    size,
    ...padded.map((axis) => axis.size),
    ...padded.map((axis) => axis.from * size),
    ...padded.map((axis) => axis.to * size),
  ];
  return writeArguments(preparation, words, []);
}

/** Puts a constant where the kernel can read it. */
function writeConstant({ allocate, memory }: Preparation, x: ModelTensor): number {
  const values = decodeTensor(x);
  const at = allocate(values.byteLength);
  new Uint8Array(memory(), at, values.byteLength).set(
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
  return at;
}

/** Axes of a block whose shape is `shape`. */
function axesOf(
  shape: readonly number[],
  from: readonly number[],
  to: readonly number[],
): Axis[] {
  return shape.map((size, axis) => ({ size, from: from[axis], to: to[axis] }));
}

/** Transpose. */
export const Transpose: Step = /* @__PURE__ */ copyStep(
  ({ list }, [x], output) => {
    const strides = stridesOf(x.shape);
    const from = list.map((axis) => strides[axis]);
    return [{
      input: 0,
      axes: axesOf(output.shape, from, stridesOf(output.shape)),
      from: 0,
      to: 0,
    }];
  },
  /* @__PURE__ */ referenceStep(transpose),
);

/** Slice. */
export const Slice: Step = /* @__PURE__ */ copyStep(
  ({ list }, [x], output) => {
    const rank = x.shape.length;
    const strides = stridesOf(x.shape);
    const from = strides.map((stride, axis) => stride * list[rank + axis]);
    const first = strides.reduce((sum, stride, axis) => sum + stride * list[axis], 0);
    const axes = axesOf(output.shape, from, stridesOf(output.shape));
    return [{ input: 0, axes, from: first, to: 0 }];
  },
  /* @__PURE__ */ referenceStep(slice),
);

/** Concat. */
export const Concat: Step = /* @__PURE__ */ copyStep(
  ({ params }, inputs, output) => {
    const { axis } = params as ModelOperator<"Concat">["params"];
    const to = stridesOf(output.shape);
    let at = 0;
    return inputs.map(({ shape }, input) => {
      const block = {
        input,
        axes: axesOf(shape, stridesOf(shape), to),
        from: 0,
        to: at * to[axis],
      };
      at += shape[axis];
      return block;
    });
  },
  /* @__PURE__ */ referenceStep(concat),
);

/** Pad. */
export const Pad: Step = /* @__PURE__ */ copyStep(
  ({ list }, [x], output) => {
    const to = stridesOf(output.shape);
    const first = to.reduce((sum, stride, axis) => sum + stride * list[axis], 0);
    return [{ input: 0, axes: axesOf(x.shape, stridesOf(x.shape), to), from: 0, to: first }];
  },
  /* @__PURE__ */ referenceStep(pad),
  true,
);
