/** The whole line from the bytes of an ONNX model to those of a .kedge file, in float32. */
import type { CoreGraph } from "../../converters/graph/graph.ts";
import { importOnnx } from "../../converters/importers/onnx/mod.ts";
import { assertSupported, inferShapes, lower } from "../../converters/operators/mod.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { simplify } from "../../converters/simplify/mod.ts";

/** Imports, checks and lowers a model that has no files beside it. */
export async function toCore(
  bytes: Uint8Array,
  dims: Record<string, number> = {},
): Promise<CoreGraph> {
  const imported = await importOnnx({
    name: "model.onnx",
    bytes,
    readBeside: () => Promise.reject(new Error("no such file")),
  }, { dims });
  assertSupported(imported);
  return lower(inferShapes(imported));
}

/** Packs a graph without labels and samples. */
export function packGraph(graph: CoreGraph): Promise<Uint8Array> {
  return pack(graph, planMemory(graph), {
    preprocess: null,
    labels: [],
    golden: [],
    provenance: { name: graph.name, sha256: "", kedge: "", recipe: "" },
  });
}

/** An ONNX model as a .kedge file. */
export async function convertOnnx(
  bytes: Uint8Array,
  dims: Record<string, number> = {},
): Promise<Uint8Array> {
  return packGraph(simplify(await toCore(bytes, dims)));
}
