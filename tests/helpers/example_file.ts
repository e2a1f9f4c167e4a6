/** The example that ships with kedge, as a .kedge file. */
import { fileURLToPath } from "node:url";
import { convert } from "../../mod.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));

/** Converts it with its own recipe's defaults. */
export async function exampleFile(): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await convert({
    model: `${EXAMPLE}model.onnx`,
    data: `${EXAMPLE}data.json`,
  });
  return bytes;
}
