/**
 * `kedge convert`: a model to a .kedge file, without a target.
 * @module
 */
import { convert, writeFile } from "../../mod.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Command } from "./command.ts";
import { COMMON, DATA, readLabelFile, readRecipe, RECIPE } from "./options.ts";

/** Imports, compresses, packs. */
export const convertCommand: Command = {
  name: "convert",
  summary: "import, compress and pack into a .kedge file",
  argument: "MODEL",
  options: {
    ...DATA,
    out: { value: "FILE", about: "file to write, -o for short (the model's name, .kedge)" },
    ...RECIPE,
    "dry-run": { about: "do everything, but write nothing" },
    ...COMMON,
  },
  examples: [
    ["deno task kedge convert model.onnx --data calibration.npz -o model.kedge", "int8"],
    ["deno task kedge convert model.onnx --weights float32 -o model.kedge", "no data needed"],
  ],
  async run(given) {
    const model = given.argument ?? "";
    const out = given.text("out") ?? `${model.replace(/\.[^./]+$/, "")}.kedge`;
    using progress = createProgress(!given.isOn("quiet"));
    const { name, sha256, bytes, recipe, layers } = await convert({
      model,
      data: given.text("data"),
      calibration: given.text("calibration"),
      recipe: await readRecipe(given),
      labels: await readLabelFile(given),
      progress: progress.show,
    });
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
        `${written ? `Wrote ${out}` : "Made"}: ${bytes.length} bytes, ${layers.length} layers`,
      );
    }
    return 0;
  },
};
