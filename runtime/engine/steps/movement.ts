/**
 * Transpose, Slice, Concat and Pad on WASM: copies with strides. What has more than four dimensions
 * that do not run together goes through the reference.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../format/model.ts";
import { stridesOf } from "../../reference/context.ts";
import { concat, pad, slice, transpose } from "../../reference/movement.ts";
import {
  activationView,
  operandAddress,
  type Preparation,
  type Step,
  writeArguments,
} from "../step.ts";
import { type Axis, collapse, fillAxes, MOST_AXES } from "./axes.ts";
import { referenceStep } from "./reference.ts";

/** A block of one input that goes to the output. */
interface Block {
  input: number;
  /** Strides where it comes from and where it goes. */
  axes: Axis[];
  /** First value on both sides. */
  from: number;
  to: number;
}

/** A step made of copies; `fill` comes first where they leave something out. */
function copyStep(
  blocksOf: (operator: ModelOperator, inputs: ModelTensor[], output: ModelTensor) => Block[],
  fallback: Step,
  fills = false,
): Step {
  return (preparation) => {
    const { operator, output, inputs, address, memory, kernel } = preparation;
    const blocks = blocksOf(operator, [...inputs], output)
      .map((block) => ({ ...block, axes: collapse(block.axes) }));
    if (blocks.some(({ axes }) => axes.length > MOST_AXES)) return fallback(preparation);
    const arguments_ = blocks.map((block) => writeCopy(preparation, block));
    const copy = kernel("copy_strided");
    const copyAll = () => {
      for (let i = 0; i < arguments_.length; i++) copy(arguments_[i]);
    };
    if (!fills) return copyAll;
    const { value } = (operator as ModelOperator<"Pad">).params;
    const view = () => activationView(memory(), address(output), output);
    return () => {
      if (output.size > inputs[0].size) view().fill(value);
      copyAll();
    };
  };
}

function writeCopy(preparation: Preparation, { input, axes, from, to }: Block): number {
  const { inputs, output, address } = preparation;
  const x = inputs[input];
  const size = output.dtype === "int8" ? 1 : 4;
  const padded = fillAxes(axes, 2);
  const source = operandAddress(preparation, x);
  const words = [
    source + from * size,
    address(output) + to * size,
    size,
    ...padded.map((axis) => axis.size),
    ...padded.map(({ strides }) => strides[0] * size),
    ...padded.map(({ strides }) => strides[1] * size),
  ];
  return writeArguments(preparation, words, []);
}

/** Axes of a block whose shape is `shape`. */
function axesOf(
  shape: readonly number[],
  from: readonly number[],
  to: readonly number[],
): Axis[] {
  return shape.map((size, axis) => ({ size, strides: [from[axis], to[axis]] }));
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
