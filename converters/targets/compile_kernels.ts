/**
 * Compiles the WASM kernels that a model uses, with AssemblyScript, in memory.
 * @module
 */
import { compileAssembly } from "./compile_assembly.ts";

const FOLDER = new URL("../../runtime/kernels/assembly/", import.meta.url);
const FILES = [
  "requantize",
  "pad",
  "pack_weights",
  "convolution_int8",
  "convolution_dot",
  "store_tile",
  "pack_blocks",
  "convolution_sparse",
  "convolution_float32",
  "winograd_int8",
  "winograd_float32",
  "depthwise_int8",
  "depthwise_float32",
  "elementwise",
  "pooling",
  "movement",
  "broadcast",
  "decode_rans",
  "decode_adaptive",
  "decode_bytes",
  "binary_decoder",
] as const;

/** Which file exports each kernel. */
export const KERNELS: Record<string, (typeof FILES)[number]> = {
  weight_bits: "pack_weights",
  pack_panels: "pack_weights",
  pack_depthwise: "pack_weights",
  pack_winograd: "winograd_int8",
  winograd_int8: "winograd_int8",
  winograd_float32: "winograd_float32",
  pack_winograd_float32: "winograd_float32",
  conv2d_int8: "convolution_int8",
  conv2d_int8_7bit: "convolution_int8",
  conv2d_int8_4bit: "convolution_int8",
  conv2d_int8_dot: "convolution_dot",
  count_blocks: "pack_blocks",
  pack_blocks: "pack_blocks",
  conv2d_sparse_int8: "convolution_sparse",
  depthwise_int8: "depthwise_int8",
  depthwise3_int8: "depthwise_int8",
  conv2d_float32: "convolution_float32",
  depthwise_float32: "depthwise_float32",
  add_int8: "elementwise",
  add_float32: "elementwise",
  quantize: "elementwise",
  copy_strided: "movement",
  broadcast_int8: "broadcast",
  broadcast_float32: "broadcast",
  max_pool_int8: "pooling",
  max_pool_float32: "pooling",
  average_pool_int8: "pooling",
  average_pool_int8_float32: "pooling",
  average_pool_float32: "pooling",
  decode_rans: "decode_rans",
  decode_adaptive: "decode_adaptive",
  decode_bytes: "decode_bytes",
};

/** Kernels made for dot products of bytes. */
const DOT_PRODUCTS = new Set(["conv2d_int8_dot"]);

/** Kernels that need relaxed SIMD; the plain module leaves them out. */
const RELAXED_ONLY = new Set([
  ...DOT_PRODUCTS,
  ...["conv2d_int8_7bit", "conv2d_int8_4bit", "weight_bits"],
  ...["winograd_float32", "pack_winograd_float32"],
]);

/** Kernels that run faster, or only, with relaxed SIMD. */
const GAINING = new Set([
  ...["conv2d_int8_7bit", "conv2d_int8_4bit"],
  ...["conv2d_float32", "winograd_float32", "depthwise_float32"],
]);

/** Whether a module of these kernels is worth having with relaxed SIMD. */
export function gainsByRelaxed(names: readonly string[]): boolean {
  return names.some((name) => GAINING.has(name));
}

/** Whether any of these kernels is made for dot products of bytes. */
export function usesDotProducts(names: readonly string[]): boolean {
  return names.some((name) => DOT_PRODUCTS.has(name));
}

/** What was compiled: the candidates of a search mostly want the same. */
const compiled = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * A WASM module that exports just the named kernels and imports its memory as `env.memory`.
 * @param options.relaxed whether relaxed SIMD may be used.
 */
export function compileKernels(
  names: readonly string[],
  { relaxed }: { relaxed: boolean },
): Promise<Uint8Array<ArrayBuffer>> {
  const wanted = names.filter((name) => relaxed || !RELAXED_ONLY.has(name)).toSorted();
  const key = [relaxed, ...wanted].join();
  const module = compiled.get(key) ?? compile(wanted, relaxed);
  compiled.set(key, module);
  return module;
}

async function compile(
  wanted: readonly string[],
  relaxed: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const entry = wanted.map((name) => `export { ${name} } from "./${KERNELS[name]}";`).join("\n");
  const sources = new Map([["entry.ts", entry || "export {};"]]);
  for (const file of FILES) {
    const text = await Deno.readTextFile(new URL(`${file}.ts`, FOLDER));
    sources.set(`${file}.ts`, text);
  }
  return compileAssembly(sources, relaxed ? "simd,relaxed-simd" : "simd");
}
