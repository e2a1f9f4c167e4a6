/**
 * LiteRT.js: WASM, one thread. It is made for browsers, so it is told that this is one's worker.
 * @module
 */
import { config, readInputs, serve } from "./serve.ts";

type Values = Float32Array | Int32Array | Uint8Array | Int8Array;

/** As much of LiteRT's API as is used here. */
interface Api {
  loadLiteRt(folder: string, options: { threads: boolean }): Promise<unknown>;
  loadAndCompile(bytes: Uint8Array, options: Record<string, unknown>): Promise<{
    getInputDetails(): { dtype: string; shape: Iterable<number> }[];
    run(inputs: unknown[]): Promise<Output[] | Record<string, Output>>;
  }>;
  Tensor: new (values: Values, shape: number[]) => unknown;
}

interface Output {
  data(): Promise<Values>;
  delete(): void;
}

const given = config<{
  /** URL of the module, which takes int8 (contenders/litert.ts). */
  module: string;
  /** Folder of its WASM files, with a slash behind. */
  wasm: string;
  /** Path of the .tflite file. */
  model: string;
}>();

// A browser's worker has these; importScripts leaves a global behind that Deno's modules have not.
const scope = globalThis as unknown as Record<string, unknown>;
scope.self = globalThis;
scope.WorkerGlobalScope ??= function () {};
scope.location ??= { href: `file://${given.wasm}` };
scope.importScripts = (path: string) => {
  const text = Deno.readTextFileSync(String(path));
  (0, eval)(`${text}\n;globalThis.ModuleFactory = ModuleFactory;`);
};
const originalFetch = globalThis.fetch;
scope.fetch = (input: string | URL | Request) => {
  const name = String(input).split("/").pop() ?? "";
  if (!name.startsWith("litert_wasm")) return originalFetch(input);
  const headers = { "content-type": "application/wasm" };
  return Promise.resolve(new Response(Deno.readFileSync(given.wasm + name), { headers }));
};
const { loadLiteRt, loadAndCompile, Tensor }: Api = await import(given.module);
// With a `process`, its WASM loader takes this for Node.
Object.defineProperty(globalThis, "process", { value: undefined, configurable: true });
scope.Module = { locateFile: (file: string) => given.wasm + file };
console.log = console.info = console.warn = () => {};
await loadLiteRt(given.wasm, { threads: false });
const model = await loadAndCompile(Deno.readFileSync(given.model), {
  accelerator: "wasm",
  cpuOptions: { numThreads: 1 },
});

const samples = readInputs(given);
const details = model.getInputDetails();
const inputs = details.map(({ dtype, shape }, i) =>
  new Tensor(valuesOf(samples[i], dtype), [...shape])
);

/**
 * Integers take the sample's own range, as LiteRT does not tell the model's scale. That makes no
 * difference to time, but the answer is then not one to this sample.
 */
function valuesOf(values: Float32Array, dtype: string): Values {
  const [low, high] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [0, 0],
  );
  const bytes = Array.from(values, (value) => Math.round((value - low) / (high - low || 1) * 255));
  if (dtype === "uint8") return Uint8Array.from(bytes);
  if (dtype === "int8") return Int8Array.from(bytes, (value) => value - 128);
  return dtype === "int32" ? Int32Array.from(values) : values;
}

await serve(given, {
  async run() {
    const outputs = Object.values(await model.run(inputs));
    const data = await outputs[0].data();
    for (const output of outputs) output.delete();
    return data;
  },
  output: (result) => details.every(({ dtype }) => dtype === "float32") ? result as Values : [],
});
Deno.exit();
