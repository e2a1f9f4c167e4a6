/**
 * Layers whose weights take few values and stay packed in flash (`runtime/c99/packed_weights.c`).
 * @module
 */
import { decodeTensor } from "../../../../runtime/format/decode.ts";
import type { ModelTensor } from "../../../../runtime/format/model.ts";
import { type NarrowWeights, narrowWeights } from "../weight_layouts/narrow_weights.ts";
import { type CallContext, isInteger, type Layer } from "./layer.ts";

const known = new WeakMap<ModelTensor, { narrow: NarrowWeights | null }>();

/** The packed weights of a layer that has kernels for them; null where they are not worth it. */
export function packedWeights({ operator, inputs, output }: Layer): NarrowWeights | null {
  const [x, weights] = inputs;
  if (!isInteger(x)) return null;
  const params = operator.params as Readonly<Record<string, number>>;
  const fits = operator.op === "FullyConnected"
    ? x.size === weights.shape[1]
    : operator.op === "Conv2D" && params.groups === 1 && isInteger(output);
  if (!fits) return null;
  let entry = known.get(weights);
  if (!entry) {
    const integers = Int8Array.from(decodeTensor(weights));
    entry = { narrow: narrowWeights(integers, weights.shape[0]) };
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
