/**
 * What LSTM, GRU and RNN have in common: their inputs, and the steps written out one by one.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import { emitConcat } from "./concat.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator, TensorType } from "./operator.ts";
import { type GateFunction, gateFunctions } from "./recurrent_functions.ts";
import { emitSlice, partAlong } from "./slice.ts";

/** More steps than this are not written out. */
const MOST_STEPS = 512;

/** State between steps: h, and c in an LSTM; null stands for zeros. */
export type State = readonly (string | null)[];

/** One direction of a node. */
export interface Direction {
  /** Its number among the node's directions. */
  readonly index: number;
  readonly hidden: number;
  /** The node's activation functions for this direction. */
  readonly functions: readonly GateFunction[];
}

/** What tells one kind of recurrent operator from another. */
export interface Cell {
  readonly name: string;
  /** Number of gates, and of tensors in the state. */
  readonly gates: number;
  readonly states: number;
  /** Activation functions of one direction where the node names none. */
  readonly functions: readonly string[];
  /** Inputs of the initial state. */
  readonly initial: readonly number[];
  /** Gates whose recurrent bias is not simply added to that of the input. */
  readonly separateBias?: (context: NodeContext) => number | null;
  /** Emits one step from the input's share [B, gates·H] and the state before. */
  step(context: Lowering, x: string, state: State, direction: Direction): string[];
}

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly directions: number;
  readonly hidden: number;
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean;
}

function sizesOf(context: NodeContext, { gates }: Cell): Sizes {
  const batchFirst = context.number("layout", 0) === 1;
  const [first, second, depth] = context.shapeOfRank(0, 3);
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  const [directions, , hidden] = context.shapeOfRank(2, 3);
  const wanted = context.string("direction", "forward") === "bidirectional" ? 2 : 1;
  const fits = directions === wanted &&
    text(context.shape(1)) === text([directions, gates * hidden, depth]) &&
    text(context.shape(2)) === text([directions, gates * hidden, hidden]);
  if (!fits) {
    context.fail(
      "its weights do not fit its input",
      `${text(context.shape(1))} and ${text(context.shape(2))}`,
      `${wanted} directions, ${gates} gates, input depth ${depth}`,
    );
  }
  return { steps, batch, directions, hidden, batchFirst };
}

/** Steps of each sequence of the batch, or null where all have all of them. */
function lengthsOf(context: NodeContext, steps: number): number[] | null {
  const lengths = context.constant(4, "sequence lengths");
  return lengths?.some((length) => length !== steps) ? lengths : null;
}

/** Makes the operator of a cell. */
export function recurrent(cell: Cell): Operator {
  return {
    names: [cell.name],
    infer(context): TensorType[] {
      const { steps, batch, directions, hidden, batchFirst } = sizesOf(context, cell);
      for (const i of [1, 2, 3, 7]) context.constant(i, "weights");
      gateFunctions(context, cell.functions, directions);
      lengthsOf(context, steps);
      if (steps > MOST_STEPS) context.refuse(`it has ${steps} steps, more than ${MOST_STEPS}`);
      const { dtype } = context.input(0);
      const all = batchFirst
        ? [batch, steps, directions, hidden]
        : [steps, directions, batch, hidden];
      const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
      return [{ dtype, shape: all }, ...new Array(cell.states).fill({ dtype, shape: last })];
    },
    lower: (context) => lowerRecurrent(context, cell),
  };
}

function lowerRecurrent(context: Lowering, cell: Cell): void {
  const sizes = sizesOf(context, cell);
  const functions = gateFunctions(context, cell.functions, sizes.directions);
  const input = sizes.batchFirst ? emitTurned(context, context.value(0)) : context.value(0);
  const runs = Array.from({ length: sizes.directions }, (_, index) => {
    const backwards = index === 1 || context.string("direction", "forward") === "reverse";
    const direction = { index, hidden: sizes.hidden, functions: functions[index] };
    return emitSteps(context, cell, input, sizes, direction, backwards);
  });
  const { steps, batch, hidden, batchFirst } = sizes;
  if (context.node.outputs[0]) {
    const ways = runs.map(({ outputs }) => {
      const rows = outputs.map((h) =>
        context.emit("Reshape", [h], { shape: [1, 1, batch, hidden] })
      );
      return emitConcat(context, rows, 0);
    });
    const all = emitConcat(context, ways, 1);
    const list = [2, 0, 1, 3];
    const shape = [batch, steps, sizes.directions, hidden];
    context.finish(batchFirst ? context.emit("Transpose", [all], { shape, list }) : all);
  }
  for (let i = 0; i < cell.states; i++) {
    if (!context.node.outputs[i + 1]) continue;
    const ways = runs.map(({ state }) =>
      context.emit("Reshape", [state[i]!], { shape: [1, batch, hidden] })
    );
    const last = emitConcat(context, ways, 0);
    context.finish(batchFirst ? emitTurned(context, last) : last, i + 1);
  }
}

/** The first two of three axes swapped. */
function emitTurned(context: Lowering, value: string): string {
  const [a, b, c] = context.shapeOf(value);
  return context.emit("Transpose", [value], { shape: [b, a, c], list: [1, 0, 2] });
}

/** All steps of one direction: h of each step in the input's order, and the state at the end. */
function emitSteps(
  context: Lowering,
  cell: Cell,
  input: string,
  { steps, batch, hidden, batchFirst }: Sizes,
  direction: Direction,
  backwards: boolean,
): { outputs: string[]; state: State } {
  const shares = emitInputShares(context, cell, input, direction);
  const lengths = lengthsOf(context, steps);
  let state: State = cell.initial.map((index) => {
    if (!context.has(index)) return null;
    const value = context.value(index);
    const axis = batchFirst ? 1 : 0;
    const part = partAlong(context.shapeOf(value), axis, direction.index, 1);
    return context.emit("Reshape", [emitSlice(context, value, part)], { shape: [batch, hidden] });
  });
  const outputs = new Array<string>(steps);
  for (let i = 0; i < steps; i++) {
    const t = backwards ? steps - 1 - i : i;
    const row = emitSlice(context, shares, partAlong(context.shapeOf(shares), 0, t, 1));
    const x = context.emit("Reshape", [row], { shape: [batch, cell.gates * hidden] });
    const next = cell.step(context, x, state, direction);
    if (lengths?.some((length) => t >= length)) {
      const mask = lengths.map((length) => Number(t < length));
      outputs[t] = emitMasked(context, next[0], null, mask);
      state = next.map((value, k) => emitMasked(context, value, state[k], mask));
    } else {
      outputs[t] = next[0];
      state = next;
    }
  }
  return { outputs, state };
}

/** x·Wᵀ + both biases for all steps at once: [T, B, gates·H]. */
function emitInputShares(
  context: Lowering,
  cell: Cell,
  input: string,
  { index, hidden }: Direction,
): string {
  const [steps, batch, depth] = context.shapeOf(input);
  const width = cell.gates * hidden;
  const weights = context.constantFrom(
    1,
    `direction ${index}`,
    [width, depth],
    (data) => data.slice(index * width * depth, (index + 1) * width * depth),
  );
  const separate = cell.separateBias?.(context) ?? null;
  const bias = context.has(3)
    ? [
      context.constantFrom(3, `direction ${index}`, [width], (data) =>
        Float32Array.from({ length: width }, (_, i) => {
          const at = index * 2 * width + i;
          const alone = separate !== null && Math.floor(i / hidden) === separate;
          return data[at] + (alone ? 0 : data[at + width]);
        })),
    ]
    : [];
  return context.emit("FullyConnected", [input, weights, ...bias], {
    shape: [steps, batch, width],
  });
}

/** `value` where the mask is 1, `other` (zeros, if null) where it is 0; one mask value a sequence. */
function emitMasked(
  context: Lowering,
  value: string,
  other: string | null,
  mask: readonly number[],
): string {
  const shape = [mask.length, 1];
  const kept = emitArithmetic(context, "Mul", value, context.newConstant(shape, mask));
  if (other === null) return kept;
  const opposite = context.newConstant(shape, mask.map((m) => 1 - m));
  return emitArithmetic(
    context,
    "Add",
    kept,
    emitArithmetic(context, "Mul", other, opposite),
  );
}

/** h·Rᵀ for gates `from` to `to`, with the recurrent bias where `bias` says so. */
export function emitRecurrentShare(
  context: Lowering,
  h: string,
  { index, hidden }: Direction,
  from: number,
  to: number,
  bias = false,
): string {
  const gates = context.shape(2)[1] / hidden;
  const width = (to - from) * hidden;
  const key = `direction ${index}, gates ${from} to ${to}`;
  const weights = context.constantFrom(2, key, [width, hidden], (data) => {
    const at = (index * gates + from) * hidden * hidden;
    return data.slice(at, at + width * hidden);
  });
  const biases = bias && context.has(3)
    ? [emitRecurrentBias(context, index, hidden, from, to)]
    : [];
  return context.emit("FullyConnected", [h, weights, ...biases], {
    shape: [context.shapeOf(h)[0], width],
  });
}

/** The recurrent bias of gates `from` to `to` as a constant. */
export function emitRecurrentBias(
  context: Lowering,
  index: number,
  hidden: number,
  from: number,
  to: number,
): string {
  const gates = context.shape(2)[1] / hidden;
  const width = (to - from) * hidden;
  return context.constantFrom(
    3,
    `recurrent, direction ${index}, gates ${from} to ${to}`,
    [width],
    (data) => {
      const at = ((2 * index + 1) * gates + from) * hidden;
      return data.slice(at, at + width);
    },
  );
}

/** Gates `from` to `to` out of x[B, gates·H]. */
export function emitGates(
  context: Lowering,
  x: string,
  hidden: number,
  from: number,
  to = from + 1,
): string {
  const shape = context.shapeOf(x);
  return emitSlice(context, x, partAlong(shape, 1, from * hidden, (to - from) * hidden));
}
