/**
 * Constants, and what integers stand for.
 * @module
 */
import { toFloat16 } from "../../../runtime/format/float16.ts";
import type { Tensor } from "../../graph/graph.ts";
import { type Order, ownOrder, reorder, reorderData } from "./layout.ts";
import { type Attributes, DATA_TYPES, type ProtoWriter } from "./proto_writer.ts";
import { realSteps } from "./steps.ts";

/** How a constant is to be written. */
export interface ConstantForm {
  /** Its shape with dimensions of size 1 put in, or some of them split. */
  shape?: readonly number[];
  order?: Order;
  /** Its dimensions in ONNX, where they are not those of `shape` in `order`. */
  dims?: readonly number[];
  /** Multiplies what its integers stand for. */
  ratio?: number;
}

/** Writes a constant; gives the name of a float32 value of it. */
export function writeConstant(writer: ProtoWriter, tensor: Tensor, form: ConstantForm): string {
  const { name, data, quantization, encoding } = tensor;
  const shape = form.shape ?? tensor.shape!;
  const order = form.order ?? ownOrder(shape.length);
  const dims = form.dims ?? reorder(shape, order);
  if (data instanceof Int8Array && quantization) {
    const values = reorderData(data, shape, order);
    const integers = writer.constant(name, "int8", dims, values);
    const { zeroPoint, axis } = quantization;
    const steps = realSteps(quantization, form.ratio ?? 1);
    const channel = axis === undefined || steps.length === 1 ? null : order.indexOf(axis);
    return dequantize(writer, integers, `${name}/real`, steps, zeroPoint, channel);
  }
  const values = reorderData(Float32Array.from(data as ArrayLike<number>), shape, order);
  if (encoding !== "float16") return writer.constant(name, "float32", dims, values);
  const bits = Uint16Array.from(values, toFloat16);
  const halves = writer.constant(name, "float16", dims, bits);
  const made = writer.fresh(`${name}/float32`);
  return writer.node(`${name}/Cast`, "Cast", [halves], made, { to: DATA_TYPES.float32 });
}

/**
 * A DequantizeLinear; gives the name of its value.
 * @param steps one, or one for each channel.
 * @param zeroPoint of int8 values; null for int32, which have none.
 * @param axis of the channels; null where there is one step.
 */
export function dequantize(
  writer: ProtoWriter,
  from: string,
  wanted: string,
  steps: Float32Array,
  zeroPoint: number | null,
  axis: number | null = null,
): string {
  const dims = axis === null ? [] : [steps.length];
  const inputs = [from, writer.constant(`${wanted}/scale`, "float32", dims, steps)];
  if (zeroPoint !== null) {
    const points = new Int8Array(steps.length).fill(zeroPoint);
    inputs.push(writer.constant(`${wanted}/zero_point`, "int8", dims, points));
  }
  const attributes: Attributes = axis === null ? {} : { axis };
  const name = `${wanted}/DequantizeLinear`;
  return writer.node(name, "DequantizeLinear", inputs, writer.fresh(wanted), attributes);
}
