/**
 * Calls of the operators on single elements.
 * @module
 */
import { UNARY_KINDS } from "../../../../runtime/format/operators.ts";
import { stridesOf } from "../../../../runtime/reference/context.ts";
import { floatLiteral } from "../source/constants.ts";
import {
  type Call,
  type CallContext,
  type CallEmitter,
  constantValues,
  isInteger,
  type Layer,
  operand,
} from "./layer.ts";

/** The operators of two operands. */
type Binary = "Add" | "Mul" | "Div" | "Maximum" | "Minimum" | "Pow";

/** Two operands that broadcast: rows of equal step where that is enough. */
export const binary: CallEmitter<Binary> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [a, b], output, operator: { op } } = layer;
    const type = isInteger(output) ? "s8" : "f32";
    const kernel = `kedge_${op.toLowerCase()}_${type}`;
    const operands = [operand(layer, 0, context), operand(layer, 1, context)];
    const rule = binaryStruct(layer, context);
    const steps = [a, b].map(({ size }) => size === 1 && output.size > 1 ? 0 : 1);
    const oneRow = [a, b].every(({ size }) => size === 1 || size === output.size);
    if (oneRow) {
      return [{ kernel, arguments: [...operands, context.output, output.size, ...steps, rule] }];
    }
    const strides = [a, b].map(({ shape }) => broadcastStrides(shape, output.shape));
    const walk = context.constants.struct("kedge_broadcast", `${layer.name}_broadcast`, {
      rank: output.shape.length,
      shape: `{${output.shape}}`,
      a: `{${strides[0]}}`,
      b: `{${strides[1]}}`,
    });
    const call: Call = {
      kernel: `kedge_broadcast_${type}`,
      arguments: [kernel, ...operands, context.output, rule, walk],
      sections: [kernel],
    };
    return [call];
  },
};

function binaryStruct(layer: Layer<Binary>, { constants }: CallContext): string {
  const { inputs: [a, b], output, operator: { op }, name } = layer;
  const params = layer.operator.params as Readonly<Record<string, number>>;
  if (op !== "Add" && op !== "Mul") return "0";
  const factors = {
    factor_a: floatLiteral(params.factorA ?? params.factor),
    factor_b: floatLiteral(params.factorB ?? 0),
  };
  if (!isInteger(output)) {
    const bounds = { low: floatLiteral(params.min), high: floatLiteral(params.max) };
    return constants.struct("kedge_binary_f32", `${name}_rule`, { ...factors, ...bounds });
  }
  return constants.struct("kedge_binary_s8", `${name}_rule`, {
    ...factors,
    zero_a: a.zeroPoint,
    zero_b: b.zeroPoint,
    zero: output.zeroPoint,
    min: params.min,
    max: params.max,
  });
}

/** Strides that stay put along stretched axes; missing leading axes are stretched. */
function broadcastStrides(shape: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(shape).map((stride, axis) => shape[axis] === 1 ? 0 : stride);
  return [...new Array<number>(to.length - shape.length).fill(0), ...strides];
}

/** One of UNARY_KINDS. */
export const unary: CallEmitter<"Unary"> = {
  scratch: () => 0,
  emit({ output, operator: { params: { kind, alpha, beta } } }, context) {
    return [{
      kernel: `kedge_unary_${UNARY_KINDS[kind]}`,
      arguments: [
        context.input(0),
        context.output,
        output.size,
        floatLiteral(alpha),
        floatLiteral(beta),
      ],
    }];
  },
};

/** y = table[x + 128]. */
export const table: CallEmitter<"Table"> = {
  scratch: () => 0,
  emit(layer, context) {
    const entries = constantValues(layer, 1);
    const name = context.constants.array("int8_t", `${layer.name}_table`, entries);
    return [{
      kernel: "kedge_table",
      arguments: [context.input(0), name, context.output, layer.output.size],
    }];
  },
};

/** float32 to int8. */
export const quantize: CallEmitter<"Quantize"> = {
  scratch: () => 0,
  emit({ output, operator: { params: { factor, min, max } } }, context) {
    const rule = [floatLiteral(factor), output.zeroPoint, min, max];
    return [{
      kernel: "kedge_quantize",
      arguments: [context.input(0), context.output, output.size, ...rule],
    }];
  },
};

/** int8 to float32. */
export const dequantize: CallEmitter<"Dequantize"> = {
  scratch: () => 0,
  emit({ inputs: [{ scale, zeroPoint }], output }, context) {
    return [{
      kernel: "kedge_dequantize",
      arguments: [context.input(0), context.output, output.size, floatLiteral(scale), zeroPoint],
    }];
  },
};
