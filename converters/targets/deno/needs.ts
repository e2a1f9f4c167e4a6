/**
 * What a model needs of the runtime, for the place of runtime/format/needs.ts in its bundle.
 * @module
 */
import type { Model } from "../../../runtime/format/model.ts";
import type * as needs from "../../../runtime/format/needs.ts";

/**
 * Source of the file. Where the model lies beside the module, it may be another one day.
 */
export function needsOf(
  { tensors, preprocess }: Model,
  { split, threads = false }: { split: boolean; threads?: boolean },
): string {
  const holds = (dtype: string, encoding: string) =>
    split ||
    tensors.some((tensor) => tensor.data && tensor.dtype === dtype && tensor.encoding === encoding);
  const found: Record<keyof typeof needs, boolean> = {
    THREADS: threads,
    FLOAT32: holds("float32", "float32"),
    FLOAT16: holds("float32", "float16"),
    SCALED: holds("float32", "int8"),
    INT32: holds("int32", "int32"),
    INT16: holds("int32", "int16"),
    PLANAR: split || preprocess?.layout === "NCHW",
  };
  return Object.entries(found).map(([name, value]) => `export const ${name} = ${value};`).join(
    "\n",
  );
}
