/**
 * A program as a list of tasks: an operator, or a band of rows of one, with the memory it uses.
 * @module
 */
import type { ModelOperator, ModelTensor } from "../../../../runtime/format/model.ts";
import type { Layer } from "../calls/layer.ts";
import { activationsOf, type GraphView } from "./graph_view.ts";
import { neededRows, type Range, type Rows, rowsOf } from "./rows.ts";

/** A place in a block of memory. */
export interface View {
  /** Key of the block: a tensor, or a band of one. */
  readonly block: string;
  /** Bytes from the start of the block. */
  readonly shift: number;
}

/** One kernel call to be. */
export interface Task {
  readonly layer: Layer;
  /** Place of the operator in `model.operators`. */
  readonly operator: number;
  /** Where the inputs lie; null for constants. */
  readonly inputs: readonly (View | null)[];
  readonly output: View;
  /** Whether the operator's whole output is there afterwards. */
  readonly completes: boolean;
}

/** First operators of a model that are run band by band. */
export interface BandPlan {
  /** Their places in the order. */
  readonly chain: readonly number[];
  /** Rows of the last one's output in a band. */
  readonly height: number;
}

/** Key of a tensor's block. */
export const blockOf = (tensor: number) => `t${tensor}`;

/** One task for each operator in the given order. */
export function wholeTasks(view: GraphView, order: readonly number[]): Task[] {
  return order.map((i) => wholeTask(view, i));
}

function layerOf(view: GraphView, i: number): Layer {
  const operator = view.model.operators[i];
  return {
    operator,
    inputs: operator.inputs.map((input) => view.model.tensors[input]),
    output: view.model.tensors[operator.output],
    name: `layer${i}`,
    block: view.blocks.get(i) ?? 0,
  };
}

function wholeTask(view: GraphView, i: number): Task {
  const layer = layerOf(view, i);
  const { inputs, output } = layer.operator;
  const place = (tensor: number): View => ({ block: blockOf(view.sharedWith(tensor)), shift: 0 });
  return {
    layer,
    operator: i,
    inputs: inputs.map((input) => view.model.tensors[input].data ? null : place(input)),
    output: place(output),
    completes: true,
  };
}

/**
 * The longest chain of window operators from the start of the order, each reading only the one
 * before it: what can be run band by band.
 */
export function firstChain(view: GraphView, order: readonly number[]): number[] {
  const chain: number[] = [];
  let last: number | null = null;
  for (const i of order) {
    const { operator, inputs, output } = layerOf(view, i);
    const fits = operator.op !== "AveragePool2D" && rowsOf(operator, inputs, output);
    const [source, ...more] = activationsOf(view, operator);
    if (!fits || more.length || (last !== null && source !== last)) break;
    const readers = view.run.filter((r) =>
      activationsOf(view, view.model.operators[r]).includes(source)
    );
    if (last !== null && (readers.length > 1 || view.outputs.includes(source))) break;
    chain.push(i);
    last = view.sharedWith(operator.output);
  }
  return chain;
}

/** Tasks with the chain run band by band, and all else in order behind it. */
export function bandedTasks(
  view: GraphView,
  order: readonly number[],
  { chain, height }: BandPlan,
): Task[] {
  const layers = chain.map((i) => layerOf(view, i));
  const rows = layers.map(({ operator, inputs, output }) => rowsOf(operator, inputs, output)!);
  const total = rows[rows.length - 1].outHeight;
  const tasks: Task[] = [];
  for (let from = 0; from < total; from += height) {
    const outs = outputRows(rows, { from, to: Math.min(from + height, total) });
    chain.forEach((i, at) => {
      const needs = neededRows(rows[at], outs[at]);
      const [first, last] = [at === 0, at === chain.length - 1];
      const whole = wholeTask(view, i);
      const source = whole.inputs[0]!;
      const inside = (step: number) => ({ block: `b${chain[step]}.${from}`, shift: 0 });
      tasks.push({
        layer: bandLayer(layers[at], rows[at], needs, outs[at]),
        operator: i,
        inputs: whole.inputs.map((input) =>
          input &&
          (first ? { block: source.block, shift: needs.from * rows[at].rowBytes } : inside(at - 1))
        ),
        output: last
          ? { block: whole.output.block, shift: outs[at].from * rows[at].outRowBytes }
          : inside(at),
        completes: last && outs[at].to === total,
      });
    });
  }
  const rest = order.filter((i) => !chain.includes(i));
  return [...tasks, ...wholeTasks(view, rest)];
}

/** Rows of every operator's output that some rows of the last one's need. */
export function outputRows(rows: readonly Rows[], last: Range): Range[] {
  const out = [last];
  for (let at = rows.length - 1; at > 0; at--) out.unshift(neededRows(rows[at], out[0]));
  return out;
}

/** An operator that makes some rows of its output out of the rows that these need. */
function bandLayer(layer: Layer, rows: Rows, needs: Range, outs: Range): Layer {
  const cut = (tensor: ModelTensor, height: number): ModelTensor => {
    const shape = [1, height, tensor.shape[2], tensor.shape[3]];
    return { ...tensor, shape, size: shape.reduce((a, b) => a * b, 1) };
  };
  const padTop = needs.from - (outs.from * rows.stride - rows.padTop);
  const operator: ModelOperator = {
    ...layer.operator,
    params: { ...layer.operator.params, padTop },
  };
  const [x, ...constants] = layer.inputs;
  return {
    operator,
    inputs: [cut(x, needs.to - needs.from), ...constants],
    output: cut(layer.output, outs.to - outs.from),
    name: layer.name,
    block: layer.block,
  };
}

/** Multiply-accumulates that bands do twice, as a share of the chain's. */
export function repeatedShare(view: GraphView, { chain, height }: BandPlan): number {
  const layers = chain.map((i) => layerOf(view, i));
  const rows = layers.map(({ operator, inputs, output }) => rowsOf(operator, inputs, output)!);
  const cost = layers.map(({ inputs, output }) => {
    const each = inputs[1] ? inputs[1].size / output.shape[3] : 1;
    return output.shape[2] * output.shape[3] * each;
  });
  const once = rows.reduce((sum, { outHeight }, at) => sum + outHeight * cost[at], 0);
  const total = rows[rows.length - 1].outHeight;
  let all = 0;
  for (let from = 0; from < total; from += height) {
    const outs = outputRows(rows, { from, to: Math.min(from + height, total) });
    outs.forEach((out, at) => all += (out.to - out.from) * cost[at]);
  }
  return all / once - 1;
}
