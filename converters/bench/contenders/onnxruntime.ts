/**
 * ONNX Runtime Web, from the package that kedge has anyway as its oracle.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import { type Contender, type ShippedFile, worker, type Workshop } from "./contender.ts";
import { packageVersion } from "./package_version.ts";

/** A model for ONNX Runtime. */
export interface OnnxModel {
  /** "float32" or "int8". */
  precision: string;
  bytes: Uint8Array;
  /** Files beside it, by the path that it names them with. */
  beside: Record<string, Uint8Array>;
  /** Static shapes of the inputs, in order. */
  shapes: readonly (readonly number[])[];
  /** Sizes of open dimensions by name. */
  dims: Record<string, number>;
}

/**
 * ONNX Runtime with a model.
 * @throws KedgeError `tool/onnxruntime-web` when the package's files are not where they should be.
 */
export async function onnxruntimeContender(
  model: OnnxModel,
  workshop: Workshop,
): Promise<Contender> {
  const { precision, bytes, shapes, dims } = model;
  const module = import.meta.resolve("onnxruntime-web/wasm");
  const path = await workshop.write(`${precision}.onnx`, bytes);
  const beside: Record<string, string> = {};
  for (const [i, [name, data]] of Object.entries(model.beside).entries()) {
    beside[name] = await workshop.write(`${precision}.${i}.data`, data);
  }
  return {
    name: `onnxruntime-web ${precision}`,
    runtime: `onnxruntime-web ${await packageVersion(module)}`,
    precision,
    own: false,
    worker: worker("onnxruntime"),
    config: { module, model: path, shapes, dims, beside },
    shipped: [
      ...await runtimeFiles(module),
      { name: `model (${precision}).onnx`, bytes, part: "model" },
      ...Object.entries(model.beside).map(([name, bytes]): ShippedFile => ({
        name,
        bytes,
        part: "model",
      })),
    ],
    area: "model",
  };
}

/** The module, and the WASM file that its text names. */
async function runtimeFiles(module: string): Promise<ShippedFile[]> {
  try {
    const code = await Deno.readFile(new URL(module));
    const [, wasm] = /"([\w.-]+\.wasm)"/.exec(new TextDecoder().decode(code)) ?? [];
    if (!wasm) throw new Error(`${module} names no .wasm file`);
    const name = module.split("/").pop() ?? "";
    return [
      { name, bytes: code, part: "runtime" },
      { name: wasm, bytes: await Deno.readFile(new URL(wasm, module)), part: "runtime" },
    ];
  } catch (cause) {
    throw new KedgeError({
      code: "tool/onnxruntime-web",
      message: "Comparing with onnxruntime-web: its files are not where they should be",
      got: cause instanceof Error ? cause.message : String(cause),
      hint: "run `deno install --entrypoint cli/main.ts`",
    }, { cause });
  }
}
