/**
 * TensorFlow.js: its WASM backend, one thread, on the model's simplified float32 graph. Its own
 * converter fuses activations as this graph has them; the layout is its own, channels last.
 * @module
 */
import { config, readInputs, serve } from "./serve.ts";

type Tensor = { dataSync(): Float32Array };
type Bounds = { min: number | null; max: number | null };

/** As much of TensorFlow.js's API as is used here. */
interface Api {
  env(): { set(flag: string, value: boolean): void };
  setBackend(name: string): Promise<boolean>;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tidy<T>(action: () => T): T;
  fused: Record<"conv2d" | "depthwiseConv2d" | "matMul", (given: object) => Tensor>;
  add(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  mean(x: Tensor, axes: readonly number[]): Tensor;
  relu(x: Tensor): Tensor;
  relu6(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  clipByValue(x: Tensor, min: number, max: number): Tensor;
  softmax(x: Tensor): Tensor;
  concat(list: Tensor[], axis: number): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  transpose(x: Tensor, perm: readonly number[]): Tensor;
  maxPool(x: Tensor, kernel: Pair, strides: Pair, pad: Padding): Tensor;
  avgPool(x: Tensor, kernel: Pair, strides: Pair, pad: Padding): Tensor;
}

type Pair = [number, number];
type Padding = "valid" | Pair[];

/** A node of the graph; bounds that are infinite are null. */
export interface TfjsNode {
  op: string;
  inputs: string[];
  output: string;
  params: Record<string, number | null>;
  list: number[];
  /** Shape of the output. */
  shape: number[];
}

/** The graph as tfjs.ts of the contenders writes it. */
export interface TfjsGraph {
  nodes: TfjsNode[];
  inputs: { name: string; shape: number[] }[];
  output: string;
  /** Constants: where each lies among the values, counted in values, and its shape. */
  constants: { name: string; at: number; shape: number[] }[];
}

const given = config<{
  /** URLs of its two modules. */
  core: string;
  backend: string;
  /** Folder of its WASM files, with a slash behind. */
  wasm: string;
  /** Paths of the graph as JSON, and of all constants as float32. */
  graph: string;
  weights: string;
}>();

// With a `process`, it takes this for Node.
Object.defineProperty(globalThis, "process", { value: undefined, configurable: true });
const scope = globalThis as unknown as Record<string, unknown>;
scope.window ??= globalThis;
scope.document ??= {};
const originalFetch = globalThis.fetch;
scope.fetch = (input: string | URL | Request) => {
  const url = String(input);
  if (!url.startsWith(given.wasm)) return originalFetch(input);
  const headers = { "content-type": "application/wasm" };
  return Promise.resolve(new Response(Deno.readFileSync(url), { headers }));
};
const tf: Api = await import(given.core);
const { setWasmPaths }: { setWasmPaths(folder: string): void } = await import(given.backend);
setWasmPaths(given.wasm);
tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
await tf.setBackend("wasm");

const graph: TfjsGraph = JSON.parse(Deno.readTextFileSync(given.graph));
const weights = new Float32Array(Deno.readFileSync(given.weights).buffer);
const constants = new Map(graph.constants.map(({ name, at, shape }) => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return [name, tf.tensor(weights.slice(at, at + size), shape)];
}));
const values = readInputs(given);

/** What TensorFlow.js can fuse, or null where the bounds are others. */
function fusable({ min, max }: Bounds): string | null {
  if (min === null && max === null) return "linear";
  if (min === 0 && max === null) return "relu";
  return min === 0 && max === 6 ? "relu6" : null;
}

function bounded(x: Tensor, bounds: Bounds): Tensor {
  const activation = fusable(bounds);
  if (activation === "linear") return x;
  if (activation === "relu") return tf.relu(x);
  if (activation === "relu6") return tf.relu6(x);
  return tf.clipByValue(x, bounds.min ?? -Infinity, bounds.max ?? Infinity);
}

function padding(params: Record<string, number | null>): Padding {
  const [top, left, bottom, right] = ["padTop", "padLeft", "padBottom", "padRight"]
    .map((name) => params[name] ?? 0);
  if (!(top || left || bottom || right)) return "valid";
  return [[0, 0], [top, bottom], [left, right], [0, 0]];
}

function compute({ op, params, list, shape }: TfjsNode, [x, w, bias]: Tensor[], all: Tensor[]) {
  const number = (name: string) => params[name] ?? 0;
  const pair = (name: string): Pair => [number(`${name}H`), number(`${name}W`)];
  const bounds = { min: params.min ?? null, max: params.max ?? null };
  const activation = fusable(bounds) ?? "linear";
  const clip = (y: Tensor) => fusable(bounds) ? y : bounded(y, bounds);
  switch (op) {
    case "Conv2D":
    case "DepthwiseConv2D": {
      const window = { strides: pair("stride"), pad: padding(params), dilations: pair("dilation") };
      const convolve = op === "Conv2D" ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
      return clip(convolve({ x, filter: w, bias, activation, ...window }));
    }
    case "FullyConnected":
      return clip(tf.fused.matMul({ a: x, b: w, transposeB: true, bias, activation }));
    case "MaxPool2D":
      return bounded(tf.maxPool(x, pair("kernel"), pair("stride"), padding(params)), bounds);
    case "AveragePool2D":
      return bounded(tf.avgPool(x, pair("kernel"), pair("stride"), padding(params)), bounds);
    case "Add":
      return bounded(tf.add(x, w), bounds);
    case "Mul":
      return bounded(tf.mul(x, w), bounds);
    case "Concat":
      return tf.concat(all, number("axis"));
    case "Softmax":
      return tf.softmax(x);
    case "Reshape":
      return tf.reshape(x, shape);
    case "Transpose":
      return tf.transpose(x, list);
    case "Reduce":
      return tf.reshape(tf.mean(x, list), shape);
    case "Unary":
      return tf.sigmoid(x);
    default:
      throw new Error(`there is no ${op} here`);
  }
}

await serve(given, {
  run: () =>
    tf.tidy(() => {
      const tensors = new Map(constants);
      graph.inputs.forEach(({ name, shape }, i) => tensors.set(name, tf.tensor(values[i], shape)));
      for (const node of graph.nodes) {
        const inputs = node.inputs.map((name) => tensors.get(name)!);
        tensors.set(node.output, compute(node, inputs, inputs));
      }
      return tensors.get(graph.output)!.dataSync();
    }),
  output: (result) => result as Float32Array,
});
