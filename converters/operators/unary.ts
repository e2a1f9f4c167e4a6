/**
 * Elementwise operators on one input, and Clip.
 * @module
 */
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers, toNumbers } from "./values.ts";

type Kind = (typeof UNARY_KINDS)[number];

/** The runtime's kind and its alpha and beta. */
interface Meaning {
  kind: Kind;
  parameters?(context: NodeContext): { alpha?: number; beta?: number };
  /** For constant folding. */
  compute?(x: number): number;
}

const MEANING: Record<string, Meaning> = {
  Relu: { kind: "relu", compute: (x) => Math.max(x, 0) },
  LeakyRelu: { kind: "leakyRelu", parameters: (c) => ({ alpha: c.number("alpha", 0.01) }) },
  Elu: { kind: "elu", parameters: (c) => ({ alpha: c.number("alpha", 1) }) },
  Sigmoid: { kind: "sigmoid", compute: (x) => 1 / (1 + Math.exp(-x)) },
  HardSigmoid: {
    kind: "hardSigmoid",
    parameters: (c) => ({ alpha: c.number("alpha", 0.2), beta: c.number("beta", 0.5) }),
  },
  HardSwish: { kind: "hardSwish" },
  Tanh: { kind: "tanh", compute: Math.tanh },
  Exp: { kind: "exp", compute: Math.exp },
  Log: { kind: "log", compute: Math.log },
  Sqrt: { kind: "sqrt", compute: Math.sqrt },
  Abs: { kind: "abs", compute: Math.abs },
  Neg: { kind: "neg", compute: (x) => -x },
  Erf: { kind: "erf" },
  Softplus: { kind: "softplus" },
  Reciprocal: { kind: "reciprocal", compute: (x) => 1 / x },
  Floor: { kind: "floor", compute: Math.floor },
  Ceil: { kind: "ceil", compute: Math.ceil },
  Round: { kind: "round" },
};

/** One of the runtime's unary functions. */
export const unary: Operator = {
  names: Object.keys(MEANING),
  infer(context) {
    return [{ dtype: context.input(0).dtype, shape: context.shape(0) }];
  },
  evaluate(context, [{ dtype }]) {
    const { compute } = MEANING[context.node.op];
    if (!compute) return context.refuse("it stands on constants");
    return [fromNumbers(dtype, toNumbers(context.input(0).data!).map(compute))];
  },
  lower(context) {
    const { kind, parameters } = MEANING[context.node.op];
    const params = { kind: UNARY_KINDS.indexOf(kind), ...parameters?.(context) };
    const shape = context.outputShape();
    context.finish(context.emit("Unary", [context.value(0)], { shape, params }));
  },
};

/** Clip; its bounds are attributes before opset 11, inputs since. */
export const clip: Operator = {
  names: ["Clip"],
  infer(context) {
    readBounds(context);
    return [{ dtype: context.input(0).dtype, shape: context.shape(0) }];
  },
  evaluate(context, [{ dtype }]) {
    const { alpha, beta } = readBounds(context);
    const values = toNumbers(context.input(0).data!);
    return [fromNumbers(dtype, values.map((x) => Math.min(Math.max(x, alpha), beta)))];
  },
  lower(context) {
    const params = { kind: UNARY_KINDS.indexOf("clip"), ...readBounds(context) };
    const shape = context.outputShape();
    context.finish(context.emit("Unary", [context.value(0)], { shape, params }));
  },
};

function readBounds(context: NodeContext): { alpha: number; beta: number } {
  if (context.opset < 11) {
    return {
      alpha: context.number("min", -Infinity),
      beta: context.number("max", Infinity),
    };
  }
  return {
    alpha: context.scalar(1, "lower bound") ?? -Infinity,
    beta: context.scalar(2, "upper bound") ?? Infinity,
  };
}
