/** What an importer says of a model that it refuses. */
import assert from "node:assert/strict";
import { importOnnx, type ModelSource } from "../../converters/importers/onnx/mod.ts";
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";

/** The error that a model is refused with; fails where it is taken, or something else is thrown. */
export async function refusal(
  bytes: Uint8Array,
  dims: Record<string, number> = {},
  readBeside: ModelSource["readBeside"] = () => Promise.reject(new Error("no such file")),
): Promise<ErrorData> {
  return await errorOf(() => importOnnx({ name: "model.onnx", bytes, readBeside }, { dims }));
}

/** The data of the KedgeError that an action throws. */
export async function errorOf(action: () => unknown): Promise<ErrorData> {
  try {
    await action();
  } catch (error) {
    if (error instanceof KedgeError) return error.data;
    throw error;
  }
  assert.fail("nothing was refused");
}
