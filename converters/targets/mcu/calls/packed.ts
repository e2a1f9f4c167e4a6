/**
 * Layers whose weights take few values and stay packed in flash (`runtime/c99/packed_weights.c`).
 * @module
 */
import { decodeTensor } from "../../../../runtime/format/decode.ts";
import type { ModelTensor } from "../../../../runtime/format/model.ts";
import { type NarrowWeights, narrowWeights } from "../weight_layouts/narrow_weights.ts";
import { type CallContext, isInteger, type Layer } from "./layer.ts";

const known = new WeakMap<ModelTensor, { narrow: NarrowWeights | null }>();

/** Most weights of a depthwise channel that the kernel unpacks. */
const MOST_TAPS = 128;

/** The packed weights of a layer that has kernels for them; null where they are not worth it. */
export function packedWeights({ operator: { op }, inputs }: Layer): NarrowWeights | null {
  const [x, weights] = inputs;
  if (!isInteger(x)) return null;
  const { shape } = weights;
  const depthwise = op === "DepthwiseConv2D";
  if (op === "FullyConnected" && x.size !== shape[1]) return null;
  if (depthwise && shape[0] * shape[1] > MOST_TAPS) return null;
  let entry = known.get(weights);
  if (!entry) {
    const integers = Int8Array.from(decodeTensor(weights));
    entry = { narrow: narrowWeights(integers, shape[depthwise ? 2 : 0], depthwise) };
    known.set(weights, entry);
  }
  return entry.narrow;
}

/** Writes packed weights; gives a pointer to them. */
export function packedStruct(
  layer: Layer,
  { bits, values, perChannel, indices, rowBytes }: NarrowWeights,
  { constants }: CallContext,
): string {
  const shape = `w[${layer.inputs[1].shape}]`;
  const kind = `${bits}-bit indices into ${perChannel ? "a table for each channel" : "one table"}`;
  return constants.struct("kedge_packed", `${layer.name}_packed`, {
    indices: constants.array("uint8_t", `${layer.name}_indices`, indices, `${shape}, ${kind}`),
    values: constants.array("int8_t", `${layer.name}_values`, values),
    row_bytes: rowBytes,
    bits,
    step: perChannel ? 1 << bits : 0,
  });
}
