/**
 * Runs a packed model on WASM: one memory with constants, scratch and the arena; one function per
 * operator, prepared once.
 * @module
 */
import { KedgeError } from "../format/error.ts";
import type { LayerHook, Model, ModelTensor, TensorArray, TensorMap } from "../format/model.ts";
import { THREADS } from "../format/needs.ts";
import type { OperatorName } from "../format/operators.ts";
import { reserve } from "./reserve.ts";
import { activationView, type Kernel, type Step } from "./step.ts";

/** A model that is laid out and ready to run. */
export interface Engine {
  /** Threads that kernels run on. */
  readonly threads: number;
  /**
   * Runs the model once; inputs and outputs by name, row-major. Nothing is allocated: the outputs are
   * the same views of memory each time, and the next run writes over them.
   * @throws KedgeError `data/shape` when an input is missing or has another length.
   */
  run(inputs: TensorMap, onLayer?: LayerHook): TensorMap;
  /** An activation as it lies in memory, to be written before `resume`. */
  view(tensor: number): TensorArray;
  /** Runs the model from operator `first` on, on activations that the caller has written. */
  resume(first: number, onLayer?: LayerHook): TensorMap;
  /** Ends the other threads, where there are any: they keep a process alive. */
  close(): void;
}

/** What an engine is made of. */
export interface EngineParts {
  /** Steps by operator: all that a model can hold that was read with the operators of this runtime. */
  steps: Readonly<Record<OperatorName, Step>>;
  /** Compiled kernels. */
  kernels: WebAssembly.Module;
  /**
   * The same kernels again: the steps of each kernel take turns at them in the first run. V8 optimizes a
   * function of a module that has run for long, which takes memory and comes too late for that run.
   */
  copies?: readonly WebAssembly.Module[];
  /** Whether they use relaxed SIMD. */
  relaxed: boolean;
  /** What makes pixels fit relaxed dot products (Preparation in step.ts); left out where it is null. */
  dot?: number | null;
  /** Other threads; none when left out. */
  crew?: Crew | null;
}

/** Threads that help (runtime/hosts/threads.ts). */
export interface Crew {
  /** How many there are with this one. */
  readonly threads: number;
  /** Memory that all share. */
  memory(pages: number): WebAssembly.Memory;
  /** What runs a kernel on all blocks, whichever thread comes first, and returns when all are done. */
  job(name: string, blocks: readonly number[], kernel: Kernel): () => void;
  close(): void;
}

const PAGE = 65536;
/** Kernels may read this far behind what they are given. */
const SLACK = 64;

/** Lays a model out in WASM memory. */
export function createEngine(model: Model, parts: EngineParts): Engine {
  const { steps, kernels, copies = [], relaxed, dot = null } = parts;
  const crew = THREADS ? parts.crew : null;
  const arena = SLACK;
  let top = align(arena + model.arenaBytes + SLACK);
  const pages = Math.ceil(top / PAGE);
  const memory = reserve(
    () => crew?.memory(pages) ?? new WebAssembly.Memory({ initial: pages }),
    top,
  );
  const linked = [kernels, ...copies].map((module) =>
    new WebAssembly.Instance(module, { env: { memory, abort() {} } }).exports
  );
  const [exports] = linked;
  const turns: Record<string, number> = {};
  let { buffer } = memory;
  let borrowed = 0;
  const borrow = (bytes: number): number => {
    const end = align(top + bytes + SLACK);
    const missing = Math.ceil(end / PAGE) - buffer.byteLength / PAGE;
    if (missing > 0) {
      // Growing moves memory; take more than asked for, so that it happens seldom.
      reserve(() => memory.grow(missing + (buffer.byteLength >> 18)), end);
      buffer = memory.buffer;
    }
    borrowed = Math.max(borrowed, end);
    return top;
  };
  const allocate = (bytes: number): number => {
    const dirty = borrowed - top;
    const at = borrow(bytes);
    top = align(at + bytes + SLACK);
    if (dirty > 0) new Uint8Array(buffer, at, Math.min(dirty, top - at)).fill(0);
    return at;
  };
  const wanted: { at: number; bytes: number; place: number }[] = [];
  const address = (tensor: ModelTensor) => arena + tensor.offset;
  const runs = model.operators.map((operator) =>
    steps[operator.op]({
      operator,
      inputs: operator.inputs.map((i) => model.tensors[i]),
      output: model.tensors[operator.output],
      relaxed,
      dot,
      address,
      allocate,
      borrow,
      threads: crew?.threads ?? 1,
      scratch: (at, bytes, place = 0) => wanted.push({ at, bytes, place }),
      memory: () => buffer,
      kernel: (name) => exports[name] as Kernel,
      spread(name, blocks) {
        const kernel = exports[name] as Kernel;
        if (crew && blocks.length > 1) return crew.job(name, blocks, kernel);
        const [block] = blocks;
        const turn = turns[name] = (turns[name] ?? -1) + 1;
        let next = linked[turn % linked.length][name] as Kernel;
        return () => {
          next(block);
          next = kernel;
        };
      },
    })
  );
  const most: number[] = [];
  for (const { bytes, place } of wanted) most[place] = Math.max(most[place] ?? 0, bytes);
  const scratch = most.map(allocate);
  const words = new Int32Array(buffer);
  for (const { at, place } of wanted) words[at / 4] = scratch[place];
  // Copies go with the first run.
  linked.length = 0;
  const viewOf = (index: number): TensorArray =>
    activationView(buffer, address(model.tensors[index]), model.tensors[index]);
  const inputs = model.inputs.map((i) => ({
    name: model.tensors[i].name,
    view: viewOf(i),
  }));
  const outputs = Object.fromEntries(
    model.outputs.map((i) => [model.tensors[i].name, viewOf(i)]),
  );
  const layers = model.operators.map(({ output }) => {
    const { buffer, byteOffset, byteLength } = viewOf(output);
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  const resume = (first: number, onLayer?: LayerHook): TensorMap => {
    for (let i = first; i < runs.length; i++) {
      runs[i]();
      onLayer?.(i, layers[i]);
    }
    return outputs;
  };
  return {
    threads: crew?.threads ?? 1,
    close: () => crew?.close(),
    view: viewOf,
    resume,
    run(given, onLayer) {
      // Not `for … of`, whose iterator would be allocated.
      for (let i = 0; i < inputs.length; i++) {
        const { name, view } = inputs[i];
        const values = given[name];
        if (values?.length !== view.length) {
          throw wrongInput(name, values, view.length);
        }
        view.set(values);
      }
      return resume(0, onLayer);
    },
  };
}

function wrongInput(
  name: string,
  values: TensorArray | undefined,
  wanted: number,
): KedgeError {
  return new KedgeError({
    code: "data/shape",
    message: `Running the model: input "${name}" does not fit`,
    where: { tensor: name },
    got: values ? `${values.length} values` : "no such input",
    wanted: `${wanted} values`,
  });
}

function align(at: number): number {
  return (at + 15) & ~15;
}
