/**
 * MaxPool and AveragePool, 1-D and 2-D.
 * @module
 */
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { finishNhwc, flatten2d, toNhwc, type Window, windowOf, windowParams } from "./window.ts";

function geometry(context: NodeContext): Window {
  const spatial = context.shape(0).slice(2);
  const kernel = context.numbers("kernel_shape") ??
    context.fail("its kernel is missing", "no kernel_shape", "kernel_shape");
  return windowOf(context, spatial, kernel);
}

function pool(name: string, op: "MaxPool2D" | "AveragePool2D"): Operator {
  return {
    names: [name],
    infer(context) {
      const shape = context.shape(0);
      if (shape.length === 5) context.refuse("3-D pooling");
      context.shapeOfRank(0, 3, 4);
      const window = geometry(context);
      if (window.dilations.some((step) => step !== 1)) {
        context.refuse(`its dilations are ${window.dilations.join(" × ")}`);
      }
      const { dtype } = context.input(0);
      return [{ dtype, shape: [...shape.slice(0, 2), ...window.output] }];
    },
    lower(context) {
      const window = flatten2d(geometry(context));
      const x = toNhwc(context, context.value(0));
      const [batch, height, width, channels] = context.shapeOf(x);
      const countIncludePad = context.number("count_include_pad", 0);
      const [kernelH, kernelW] = window.kernel;
      // What ceil_mode adds is padding; where padding counts, it must not.
      const { after } = countIncludePad ? window : reach(window, [
        height,
        width,
      ]);
      const params = {
        ...windowParams({ ...window, after }),
        kernelH,
        kernelW,
      };
      const shape = [batch, ...window.output, channels];
      finishNhwc(
        context,
        op === "MaxPool2D" ? context.emit(op, [x], { shape, params }) : context.emit(op, [x], {
          shape,
          params: { ...params, countIncludePad },
        }),
      );
    },
  };
}

/** The window with enough padding behind for its last step. */
function reach(window: Window, spatial: readonly number[]): Window {
  const after = window.after.map((pad, i) =>
    Math.max(
      pad,
      (window.output[i] - 1) * window.strides[i] + window.kernel[i] -
        spatial[i] - window.before[i],
    )
  );
  return { ...window, after };
}

/** Largest value in the window; its second output, the indices, is not computed. */
export const maxPool: Operator = pool("MaxPool", "MaxPool2D");

/** Mean of the window. */
export const averagePool: Operator = pool("AveragePool", "AveragePool2D");
