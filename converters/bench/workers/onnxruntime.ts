/**
 * ONNX Runtime Web: WASM, one thread, all its graph optimizations.
 * @module
 */
import { config, readInputs, serve } from "./serve.ts";

/** As much of ONNX Runtime's API as is used here. */
interface Api {
  env: { wasm: { numThreads: number; proxy: boolean }; logLevel: string };
  Tensor: new (type: string, data: Float32Array | BigInt64Array, shape: number[]) => unknown;
  InferenceSession: {
    create(bytes: Uint8Array, options: Record<string, unknown>): Promise<Session>;
  };
}

interface Session {
  inputNames: string[];
  outputNames: string[];
  inputMetadata: { type: string }[];
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: ArrayLike<number> }>>;
}

const given = config<{
  /** URL of the module. */
  module: string;
  /** Path of the ONNX file. */
  model: string;
  shapes: number[][];
  dims: Record<string, number>;
  /** Files beside the model, by the path that it names them with. */
  beside: Record<string, string>;
}>();
const ort: Api = await import(given.module);
ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;
ort.env.logLevel = "error";
const session = await ort.InferenceSession.create(Deno.readFileSync(given.model), {
  graphOptimizationLevel: "all",
  freeDimensionOverrides: given.dims,
  externalData: Object.entries(given.beside).map(([path, file]) => ({
    path,
    data: Deno.readFileSync(file),
  })),
});
const values = readInputs(given);
const feeds = Object.fromEntries(session.inputNames.map((name, i) => {
  const { type } = session.inputMetadata[i];
  const data = type === "int64"
    ? BigInt64Array.from(values[i], (value) => BigInt(Math.trunc(value)))
    : values[i];
  return [name, new ort.Tensor(type === "int64" ? type : "float32", data, given.shapes[i])];
}));
await serve(given, {
  run: () => session.run(feeds),
  output: (result) =>
    Array.from(
      (result as Record<string, { data: ArrayLike<number> }>)[session.outputNames[0]].data,
    ),
});
Deno.exit();
