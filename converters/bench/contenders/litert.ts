/**
 * LiteRT.js (TensorFlow Lite), an optional package, with the .tflite files beside a model.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import { toFileUrl } from "../file_url.ts";
import { type Contender, type ShippedFile, worker, type Workshop } from "./contender.ts";
import { installPackages } from "./install.ts";

const VERSION = "2.5.3";
const CORE = "@litertjs/core";
const UTILS = "@litertjs/wasm-utils";
const WASM = "litert_wasm_internal";

/** Files beside "model.onnx", by what they hold. */
const BESIDE = { float32: ".tflite", int8: "_int8.tflite", uint8: "_uint8.tflite" };

/**
 * LiteRT with each .tflite file beside the model: "model.tflite", "model_int8.tflite",
 * "model_uint8.tflite" beside "model.onnx".
 * @throws KedgeError `tool/litert` when the package cannot be had.
 */
export async function litertContenders(model: string, workshop: Workshop): Promise<Contender[]> {
  const stem = model.replace(/\.[^./]+$/, "");
  const found: { precision: string; path: string; bytes: Uint8Array }[] = [];
  for (const [precision, ending] of Object.entries(BESIDE)) {
    const bytes = await Deno.readFile(stem + ending).catch(() => null);
    if (bytes) found.push({ precision, path: await Deno.realPath(stem + ending), bytes });
  }
  if (!found.length) return [];
  const { module, wasm, shipped } = await prepare(workshop);
  return found.map(({ precision, path, bytes }) => ({
    name: `litert ${precision}`,
    runtime: `litert ${VERSION}`,
    precision,
    own: false,
    worker: worker("litert"),
    config: { module, wasm, model: path },
    shipped: [
      ...shipped,
      { name: path.split("/").pop() ?? path, bytes, part: "model" },
    ],
    area: "tool",
  }));
}

/**
 * Its package, with int8 in the list of element types: its WASM has them, and its JavaScript is
 * all that refuses them.
 */
async function prepare(workshop: Workshop) {
  const packages = await installPackages("litert", [`npm:${CORE}@${VERSION}`]);
  const [core, utils] = [packages.get(CORE), packages.get(UTILS)];
  if (!core || !utils) throw changed(`no ${core ? UTILS : CORE} among its packages`);
  const utilsModule = new URL("dist/index.js", utils);
  const text = await Deno.readTextFile(new URL("dist/index.js", core));
  const uint8 = "elementType: ElementType.UINT8\n  }";
  if (!text.includes(uint8) || !text.includes(`"${UTILS}"`)) throw changed("its code has changed");
  const int8 = `dtype: "int8", typedArrayConstructor: Int8Array, elementType: ElementType.INT8`;
  const patched = text
    .replace(uint8, `${uint8},\n  { ${int8} }`)
    .replace(`"${UTILS}"`, JSON.stringify(utilsModule.href));
  const path = await workshop.write("litert.js", new TextEncoder().encode(patched));
  const wasm = new URL("wasm/", core);
  const files = [
    new URL("dist/index.js", core),
    utilsModule,
    ...[".js", ".wasm"].map((ending) => new URL(WASM + ending, wasm)),
  ];
  const shipped = await Promise.all(files.map(async (url): Promise<ShippedFile> => ({
    name: url.pathname.split("/").slice(-3).join("/"),
    bytes: await Deno.readFile(url),
    part: "runtime",
  })));
  return { module: toFileUrl(path), wasm: wasm.pathname, shipped };
}

function changed(got: string): KedgeError {
  return new KedgeError({
    code: "tool/litert",
    message: `Comparing with litert: ${CORE} ${VERSION} is not what it was`,
    got,
    hint: "leave litert out of --vs",
  });
}
