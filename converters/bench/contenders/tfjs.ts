/**
 * TensorFlow.js with its WASM backend, an optional package, on a model's simplified float32 graph.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import { UNARY_KINDS } from "../../../runtime/format/operators.ts";
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { toFileUrl } from "../file_url.ts";
import type { TfjsGraph } from "../workers/tfjs.ts";
import { type Contender, type ShippedFile, worker, type Workshop } from "./contender.ts";
import { installPackages } from "./install.ts";

const VERSION = "4.22.0";
const CORE = "@tensorflow/tfjs-core";
const BACKEND = "@tensorflow/tfjs-backend-wasm";
const WASM = "tfjs-backend-wasm-simd.wasm";

/** Operators that are computed there as they are here, whatever their parameters. */
const SAME: ReadonlySet<string> = new Set(
  ["DepthwiseConv2D", "MaxPool2D", "Mul", "Concat", "Reshape", "Transpose"],
);

/**
 * TensorFlow.js with a graph of the operators of image classifiers. What it ships is its core and
 * its backend alone; with its own converter's format, the reader for that would come on top.
 * @throws KedgeError `tool/tfjs` when its packages cannot be had, `model/operator` when the graph
 *   has other operators.
 */
export async function tfjsContender(graph: CoreGraph, workshop: Workshop): Promise<Contender> {
  const strange = graph.nodes.find((node) => !isSame(graph, node));
  if (strange) {
    throw new KedgeError({
      code: "model/operator",
      message: `Comparing with tfjs: "${strange.name}" has no counterpart in this comparison`,
      where: { node: strange.name, op: strange.op },
      hint: "leave tfjs out of --vs",
    });
  }
  const runtime = await prepare(workshop);
  const { description, values } = describe(graph);
  const text = new TextEncoder().encode(JSON.stringify(description, finite));
  const weights = new Uint8Array(values.buffer);
  return {
    name: "tfjs float32",
    runtime: `tfjs ${VERSION}`,
    precision: "float32",
    own: false,
    worker: worker("tfjs"),
    config: {
      ...runtime.config,
      graph: await workshop.write("tfjs/graph.json", text),
      weights: await workshop.write("tfjs/weights.bin", weights),
    },
    shipped: [
      ...runtime.shipped,
      { name: "graph.json", bytes: text, part: "model" },
      { name: "weights.bin", bytes: weights, part: "model" },
    ],
    area: "tool",
  };
}

function isSame(graph: CoreGraph, { op, inputs, params }: CoreNode): boolean {
  if (SAME.has(op)) return true;
  if (op === "Conv2D") return params.groups === 1;
  if (op === "FullyConnected") return graph.tensors.get(inputs[0])?.shape?.length === 2;
  if (op === "Add") return params.factorA === 1 && params.factorB === 1;
  if (op === "Softmax") return params.log === 0;
  if (op === "Reduce") return params.kind === 0;
  if (op === "Unary") return UNARY_KINDS[params.kind] === "sigmoid";
  const { padTop, padLeft, padBottom, padRight, countIncludePad } = params;
  const padded = padTop || padLeft || padBottom || padRight;
  return op === "AveragePool2D" && !(padded && countIncludePad);
}

/** The graph in the worker's terms, with all constants in one array; filters in tfjs's order. */
function describe(graph: CoreGraph): { description: TfjsGraph; values: Float32Array } {
  const constants: TfjsGraph["constants"] = [];
  const parts: Float32Array[] = [];
  let at = 0;
  const kinds = new Map(graph.nodes.map((node) => [node.inputs[1], node.op]));
  for (const { name, data, shape } of graph.tensors.values()) {
    if (!data) continue;
    const kind = kinds.get(name);
    const [a, b, c, d] = shape!;
    const given = Float32Array.from(data as ArrayLike<number>);
    const part = kind === "Conv2D" ? outputsLast(given, a) : given;
    const form = kind === "Conv2D"
      ? [b, c, d, a]
      : kind === "DepthwiseConv2D"
      ? [a, b, c, 1]
      : [...shape!];
    constants.push({ name, at, shape: form });
    parts.push(part);
    at += part.length;
  }
  const values = new Float32Array(at);
  parts.forEach((part, i) => values.set(part, constants[i].at));
  const shapeOf = (name: string) => [...graph.tensors.get(name)!.shape!];
  const nodes = graph.nodes.map(({ op, inputs, output, params, list }) => ({
    op,
    inputs,
    output,
    params,
    list,
    shape: shapeOf(output),
  }));
  const inputs = graph.inputs.map((name) => ({ name, shape: shapeOf(name) }));
  return { description: { nodes, inputs, output: graph.outputs[0], constants }, values };
}

/** [O, …] as […, O]. */
function outputsLast(values: Float32Array, outputs: number): Float32Array {
  const inner = values.length / outputs;
  return Float32Array.from(values, (_, i) => values[i % outputs * inner + Math.floor(i / outputs)]);
}

/** JSON has no infinity. */
function finite(_: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? null : value;
}

/** Its packages as modules that Deno takes: paths instead of names, and Node's modules by prefix. */
async function prepare(workshop: Workshop) {
  const packages = await installPackages("tfjs", [CORE, BACKEND].map((n) => `npm:${n}@${VERSION}`));
  const [core, backend] = [packages.get(CORE)!, packages.get(BACKEND)!];
  const dist = new URL("dist/", backend);
  const files = {
    core: new URL("dist/tf-core.fesm.min.js", core),
    backend: new URL("tf-backend-wasm.fesm.min.js", dist),
    wasm: new URL(WASM, dist),
  };
  const text = await Deno.readTextFile(files.backend);
  const patched = text
    .replaceAll(`"${CORE}"`, JSON.stringify(files.core.href))
    .replace(/from"(fs|os|path|perf_hooks)"/g, 'from"node:$1"');
  const path = await workshop.write("tfjs/backend.mjs", new TextEncoder().encode(patched));
  const config = { core: files.core.href, backend: toFileUrl(path), wasm: dist.pathname };
  const shipped = await Promise.all(
    Object.values(files).map(async (url): Promise<ShippedFile> => ({
      name: url.pathname.split("/").pop() ?? "",
      bytes: await Deno.readFile(url),
      part: "runtime",
    })),
  );
  return { config, shipped };
}
