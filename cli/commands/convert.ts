/**
 * `kedge convert`: a model to a .kedge or an ONNX file, without a target.
 * @module
 */
import { convert, convertToOnnx, writeFile } from "../../mod.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Command } from "./command.ts";
import { COMMON, DATA, readCache, readLabelFile, readRecipe, RECIPE } from "./options.ts";

/** Imports, compresses, packs. */
export const convertCommand: Command = {
  name: "convert",
  summary: "import, compress and pack into a .kedge file, or write as ONNX",
  argument: "MODEL",
  options: {
    ...DATA,
    to: {
      value: "FORMAT",
      about: "format to write (kedge); onnx-qdq has the same integers for ONNX Runtime",
      choices: ["kedge", "onnx-qdq"],
    },
    out: { value: "FILE", about: "file to write, -o for short (the model's name, .kedge)" },
    ...RECIPE,
    ...COMMON,
  },
  examples: [
    ["deno task kedge convert model.onnx --data calibration.npz -o model.kedge", "int8"],
    ["deno task kedge convert model.onnx --weights float32 -o model.kedge", "no data needed"],
    ["deno task kedge convert model.onnx --data test.npz --to onnx-qdq -o q.onnx", "int8 as ONNX"],
  ],
  async run(given) {
    const model = given.argument ?? "";
    const onnx = given.text("to") === "onnx-qdq";
    const stem = model.replace(/\.[^./]+$/, "");
    const out = given.text("out") ?? (onnx ? `${stem}_qdq.onnx` : `${stem}.kedge`);
    using progress = createProgress(!given.isOn("quiet"));
    const options = {
      model,
      data: given.text("data"),
      calibration: given.text("calibration"),
      cache: readCache(given),
      recipe: await readRecipe(given),
      labels: await readLabelFile(given),
      progress: progress.show,
    };
    const { name, sha256, bytes, recipe, layers } = onnx
      ? { ...await convertToOnnx(options), layers: undefined }
      : await convert(options);
    if (!given.isOn("dry-run")) await writeFile(out, bytes);
    progress.end();
    const written = given.isOn("dry-run") ? null : out;
    if (given.isOn("json")) {
      const document = {
        model: { name, sha256 },
        out: written,
        bytes: bytes.length,
        recipe,
        layers,
      };
      console.log(JSON.stringify(document, null, 2));
    } else if (!given.isOn("quiet")) {
      console.log(
        `${written ? `Wrote ${out}` : "Made"}: ${bytes.length} bytes` +
          (layers ? `, ${layers.length} layers` : ""),
      );
    }
    return 0;
  },
};
