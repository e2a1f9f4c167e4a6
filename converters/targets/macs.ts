/**
 * How much an operator computes.
 * @module
 */
import type { Model, ModelOperator } from "../../runtime/format/model.ts";

/** Multiply-accumulates of one run of an operator. */
export function macsOf(
  model: Model,
  { op, inputs, output }: ModelOperator,
): number {
  const out = model.tensors[output].size;
  const shape = (i: number) => model.tensors[inputs[i]].shape;
  switch (op) {
    case "Conv2D":
    case "FullyConnected": {
      const [channels] = shape(1);
      return out * (model.tensors[inputs[1]].size / channels);
    }
    case "DepthwiseConv2D":
      return out * shape(1)[0] * shape(1)[1];
    case "MatMul":
      return out * shape(0)[shape(0).length - 1];
    default:
      return 0;
  }
}
