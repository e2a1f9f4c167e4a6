/**
 * kedge: makes trained models small, bundles them for the edge, and checks their accuracy there.
 *
 * ```ts ignore
 * import { bundle } from "@kedge/kedge";
 * const report = await bundle({
 *   model: "model.onnx", data: "data.json", target: "deno", out: "out/model",
 *   recipe: { weights: "int8" },
 * });
 * console.log(report.accuracy?.drop, report.bytes.total);
 * ```
 * @module
 */
export {
  bench,
  benchCompression,
  type BenchOptions,
  type BenchReport,
  type Bytes,
  type CompressionBenchOptions,
  type CompressionReport,
  type ContenderReport,
  type FileBytes,
  type LayerTime,
  type Method,
  type MethodReport,
  METHODS,
  type Peer,
  PEERS,
  PRUNING_METHODS,
  type Spread,
} from "./converters/bench/mod.ts";
export { bundle, convert } from "./converters/pipeline.ts";
export { blame } from "./converters/stages/blame.ts";
export type {
  BlameOptions,
  BlameReport,
  LayerBlame,
  Suggestion,
} from "./converters/stages/blame_options.ts";
export { check, type CheckOptions } from "./converters/stages/check_bundle.ts";
export { convertToOnnx, type OnnxConversion } from "./converters/stages/export_onnx.ts";
export { type Diagnosis, doctor } from "./converters/stages/doctor.ts";
export { inspect, type Inspection, type TensorInfo } from "./converters/stages/inspect.ts";
export { search, type SearchOptions } from "./converters/stages/search/mod.ts";
export type {
  Candidate,
  LayerOptions,
  SearchLimits,
  SearchReport,
} from "./converters/check/search.ts";
export type { Choice, Variant, Variants } from "./converters/search/mod.ts";
export { writeFile } from "./converters/stages/write_output.ts";
export {
  canonicalRecipe,
  completeRecipe,
  DEFAULT_RECIPE,
  type LayerRule,
  type LayerSettings,
  type Recipe,
  STRIPPABLE,
  type Strippable,
  type WeightType,
} from "./converters/recipe/mod.ts";
export type {
  BundleOptions,
  Conversion,
  ConvertOptions,
  Progress,
} from "./converters/stages/options.ts";
export type { Limits } from "./converters/stages/misses.ts";
export { BOARD_NAMES, type BoardName } from "./converters/targets/mcu/mod.ts";
export type { Model } from "./runtime/format/model.ts";
export type {
  AccuracyReport,
  DeviceReport,
  LayerReport,
  MismatchReport,
  Report,
} from "./converters/check/report.ts";
export {
  type ErrorArea,
  type ErrorData,
  type ErrorPlace,
  EXIT_CODES,
  exitCodeOf,
  KedgeError,
} from "./runtime/format/error.ts";
export { nearestName } from "./converters/data/suggest.ts";
export { VERSION } from "./converters/version.ts";
