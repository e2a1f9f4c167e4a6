/**
 * LSTM, GRU and RNN.
 * @module
 */
import { emitArithmetic } from "./arithmetic.ts";
import type { Lowering } from "./lowering.ts";
import type { Operator } from "./operator.ts";
import {
  type Direction,
  emitGates,
  emitRecurrentBias,
  emitRecurrentShare,
  recurrent,
} from "./recurrent.ts";
import { emitClipped, type GateFunction } from "./recurrent_functions.ts";

const add = (context: Lowering, a: string, b: string) => emitArithmetic(context, "Add", a, b);
const mul = (context: Lowering, a: string, b: string) => emitArithmetic(context, "Mul", a, b);

/** 1 − x. */
function rest(context: Lowering, x: string): string {
  return emitArithmetic(context, "Add", context.newConstant([], [1]), x, { factorB: -1 });
}

/** a · b + c · d, where the second product is left out when c is null. */
function mix(context: Lowering, a: string, b: string, c: string | null, d: string): string {
  const first = mul(context, a, b);
  return c === null ? first : add(context, first, mul(context, c, d));
}

/** h' = f(x + h·Rᵀ). */
export const rnn: Operator = recurrent({
  name: "RNN",
  gates: 1,
  states: 1,
  functions: ["Tanh"],
  initial: [5],
  step(context, x, [h], direction) {
    const sum = h ? add(context, x, emitRecurrentShare(context, h, direction, 0, 1)) : x;
    return [direction.functions[0](context, emitClipped(context, sum))];
  },
});

/** Gates z, r and h: h' = (1 − z) · g(…) + z · h. */
export const gru: Operator = recurrent({
  name: "GRU",
  gates: 3,
  states: 1,
  functions: ["Sigmoid", "Tanh"],
  initial: [5],
  separateBias: (context) => context.number("linear_before_reset", 0) ? 2 : null,
  step(context, x, [h], direction) {
    const [f, g] = direction.functions;
    const share = emitGates(context, x, direction.hidden, 0, 2);
    const sum = h ? add(context, share, emitRecurrentShare(context, h, direction, 0, 2)) : share;
    const gates = f(context, emitClipped(context, sum));
    const update = emitGates(context, gates, direction.hidden, 0);
    const reset = emitGates(context, gates, direction.hidden, 1);
    const input = emitGates(context, x, direction.hidden, 2);
    const past = emitPast(context, h ?? null, reset, direction);
    const candidate = past ? add(context, input, past) : input;
    const fresh = g(context, emitClipped(context, candidate));
    return [mix(context, rest(context, update), fresh, h ?? null, update)];
  },
});

/** What the state adds to a GRU's candidate; null for nothing. */
function emitPast(
  context: Lowering,
  h: string | null,
  reset: string,
  direction: Direction,
): string | null {
  if (context.number("linear_before_reset", 0) === 0) {
    return h && emitRecurrentShare(context, mul(context, reset, h), direction, 2, 3);
  }
  if (h) return mul(context, reset, emitRecurrentShare(context, h, direction, 2, 3, true));
  if (!context.has(3)) return null;
  const { index, hidden } = direction;
  return mul(context, reset, emitRecurrentBias(context, index, hidden, 2, 3));
}

/** Gates i, o, f and c: C' = f · C + i · g(c), h' = o · h(C'). */
export const lstm: Operator = recurrent({
  name: "LSTM",
  gates: 4,
  states: 2,
  functions: ["Sigmoid", "Tanh", "Tanh"],
  initial: [5, 6],
  step(context, x, [h, c], direction) {
    const [f, g, last] = direction.functions;
    const sum = h ? add(context, x, emitRecurrentShare(context, h, direction, 0, 4)) : x;
    const gate = gatesOf(context, sum, direction, f);
    const input = gate(0, c ?? null);
    const forget = context.number("input_forget", 0) ? rest(context, input) : gate(2, c ?? null);
    const fresh = g(context, emitClipped(context, emitGates(context, sum, direction.hidden, 3)));
    const memory = mix(context, input, fresh, c ?? null, forget);
    return [mul(context, gate(1, memory), last(context, memory)), memory];
  },
});

/** Peepholes stand in the order i, o, f, as the gates. */
function emitPeephole(
  context: Lowering,
  gate: number,
  memory: string,
  { index, hidden }: Direction,
): string {
  const weights = context.constantFrom(
    7,
    `direction ${index}, gate ${gate}`,
    [hidden],
    (data) => data.slice((3 * index + gate) * hidden, (3 * index + gate + 1) * hidden),
  );
  return mul(context, memory, weights);
}

/** Emits gates i, o or f; without peepholes, the function is taken of all three at once. */
function gatesOf(context: Lowering, sum: string, direction: Direction, f: GateFunction) {
  const { hidden } = direction;
  if (!context.has(7)) {
    const gates = f(context, emitClipped(context, emitGates(context, sum, hidden, 0, 3)));
    return (gate: number) => emitGates(context, gates, hidden, gate);
  }
  return (gate: number, memory: string | null) => {
    const share = emitGates(context, sum, hidden, gate);
    const whole = memory
      ? add(context, share, emitPeephole(context, gate, memory, direction))
      : share;
    return f(context, emitClipped(context, whole));
  };
}
