/**
 * Functions of single elements.
 * @module
 */
import { UNARY_KINDS } from "../../runtime/format/operators.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { fromNumbers } from "./values.ts";

/** Name of a unary function of the runtime. */
export type UnaryKind = (typeof UNARY_KINDS)[number];

/** Emits a unary function of a core tensor. */
export function emitUnary(
  context: Lowering,
  kind: UnaryKind,
  value: string,
  alpha = 0,
  beta = 0,
): string {
  return context.emit("Unary", [value], {
    shape: context.shapeOf(value),
    params: { kind: UNARY_KINDS.indexOf(kind), alpha, beta },
  });
}

/** The output has the input's type and shape. */
export function inferSame(context: NodeContext) {
  const { dtype } = context.input(0);
  return [{ dtype, shape: [...context.shape(0)] }];
}

/** How one ONNX operator maps to a unary function. */
interface UnarySpec {
  readonly kind: UnaryKind;
  /** Attributes that become alpha and beta, with their defaults. */
  readonly attributes?: readonly (readonly [string, number])[];
  /** For folding; left out where it is not worth it. */
  readonly compute?: (x: number) => number;
}

const UNARY: Readonly<Record<string, UnarySpec>> = {
  Relu: { kind: "relu", compute: (x) => Math.max(x, 0) },
  LeakyRelu: { kind: "leakyRelu", attributes: [["alpha", 0.01]] },
  Elu: { kind: "elu", attributes: [["alpha", 1]] },
  Sigmoid: { kind: "sigmoid", compute: (x) => 1 / (1 + Math.exp(-x)) },
  HardSigmoid: {
    kind: "hardSigmoid",
    attributes: [["alpha", 0.2], ["beta", 0.5]],
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
  Round: { kind: "round", compute: roundHalfEven },
};

function roundHalfEven(x: number): number {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

/** Operators that are one unary function of the runtime. */
export const unaryOperators: readonly Operator[] = Object.entries(UNARY).map(
  ([name, { kind, attributes = [], compute }]): Operator => ({
    names: [name],
    infer: inferSame,
    ...(compute && {
      evaluate: (context, [{ dtype }]) => [
        fromNumbers(
          dtype,
          context.values(0).map(compute),
        ),
      ],
    }),
    lower(context) {
      const [alpha, beta] = attributes.map(([attribute, fallback]) =>
        context.number(attribute, fallback)
      );
      context.finish(
        emitUnary(context, kind, context.value(0), alpha, beta),
      );
    },
  }),
);
