/**
 * kedge's runtime: runs `.kedge` models in Deno, Node, browsers and edge isolates. It imports
 * nothing from outside its own folder, so it can be imported from a URL.
 *
 * ```ts ignore
 * import { load, run, topK } from "https://example.com/runtime/mod.ts";
 * const model = await load(await (await fetch("model.kedge")).arrayBuffer());
 * const { probabilities } = run(model, pixels);
 * console.log(topK(probabilities, 3, model.model.labels));
 * ```
 * @module
 */
export { load } from "./hosts/load.ts";
export type { LoadOptions } from "./hosts/open.ts";
export {
  type OperatorName,
  OPERATORS,
  type OperatorSpec,
  type ParameterName,
} from "./format/operators.ts";
export {
  type LoadedModel,
  type ModelSummary,
  type Prediction,
  preprocess,
  run,
  runInPlace,
  summary,
  type TensorSummary,
  topK,
} from "./engine/session.ts";
export { type LayerMismatch, type SelfCheck, selfCheck } from "./engine/self_check.ts";
export { createHandler, type ServerOptions } from "./hosts/http_server.ts";
export type { Engine } from "./engine/engine.ts";
export type { Picture, PixelReader } from "./engine/pixels.ts";
export type { Pixels } from "./format/preprocess.ts";
export * from "./format/error.ts";
export type * from "./format/model.ts";
