/**
 * MaxPool2D and AveragePool2D on WASM.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../format/model.ts";
import { type Preparation, type Step, writeArguments } from "../step.ts";

type Pool = ModelOperator<"MaxPool2D"> | ModelOperator<"AveragePool2D">;

function poolStep(name: (x: ModelTensor, y: ModelTensor) => string): Step {
  return (preparation) => preparePool(preparation, name);
}

/** MaxPool2D. */
export const MaxPool2D: Step = /* @__PURE__ */ poolStep((x) => `max_pool_${x.dtype}`);

/** AveragePool2D. */
export const AveragePool2D: Step = /* @__PURE__ */ poolStep((x, y) =>
  x.dtype === y.dtype ? `average_pool_${x.dtype}` : `average_pool_${x.dtype}_${y.dtype}`
);

function preparePool(
  preparation: Preparation,
  name: (x: ModelTensor, y: ModelTensor) => string,
): () => void {
  const { operator, inputs: [x], output: y, address } = preparation;
  const p = (operator as Pool).params;
  const average = "factor" in p ? p : { factor: 1, countIncludePad: 0 };
  const [batch, height, width, channels] = x.shape;
  const [, outH, outW] = y.shape;
  // Maxima keep their zero point; only averages are rounded around it.
  const zy = "factor" in p && y.dtype === "int8" ? y.zeroPoint : 0;
  const block = writeArguments(preparation, [
    ...[address(x), address(y), batch, height, width, channels, outH, outW],
    ...[
      p.kernelH,
      p.kernelW,
      p.strideH,
      p.strideW,
      p.padTop,
      p.padLeft,
      p.padBottom,
      p.padRight,
    ],
    ...[
      x.zeroPoint,
      zy,
      average.countIncludePad,
      average.factor,
      p.min - zy,
      p.max - zy,
    ],
  ], [19, 20, 21]);
  return preparation.spread(name(x, y), [block]);
}
