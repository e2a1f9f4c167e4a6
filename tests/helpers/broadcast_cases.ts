/** Random cases of the operators with two operands that broadcast. */
import type { Tensor } from "../../converters/graph/graph.ts";
import { activation, type CaseMaker } from "./operator_cases.ts";
import type { Random } from "./random.ts";

type Op = "Add" | "Mul" | "Div" | "Maximum" | "Minimum";

/** A shape that broadcasts to `shape`: some axes 1, some left out at the front. */
function smaller(random: Random, shape: readonly number[]): number[] {
  const kept = shape.map((dim) => random.next() < 0.4 ? 1 : dim);
  return kept.slice(random.int(0, kept.length - 1));
}

function constant(random: Random, tensor: Tensor): Tensor {
  const size = (tensor.shape ?? []).reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, () => random.int(-128, 127));
  const data = tensor.dtype === "int8" ? Int8Array.from(values) : Float32Array.from(values);
  return { ...tensor, data };
}

/** Shapes of up to five axes; either operand may be the smaller one, or a constant. */
export function broadcast(op: Op, int8: boolean): CaseMaker {
  return (random) => {
    const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 6));
    const shapes = [shape, random.next() < 0.2 ? shape : smaller(random, shape)];
    if (random.next() < 0.5) shapes.reverse();
    const inputs = shapes.map((dims, i) => activation(random, "ab"[i], dims, int8));
    if (random.next() < 0.3) inputs[1] = constant(random, inputs[1]);
    const factor = () => Math.fround(0.05 + random.next());
    const [min, max] = int8 ? [random.int(-128, 0), random.int(1, 127)] : [-3, Infinity];
    const params: Record<Op, Record<string, number>> = {
      Add: { factorA: factor(), factorB: factor(), min, max },
      Mul: { factor: int8 ? factor() / 64 : 1, min, max },
      Div: {},
      Maximum: {},
      Minimum: {},
    };
    return {
      name: `${op} of ${shapes.map((dims) => dims.join("×")).join(" and ")}`,
      node: { op, params: params[op], list: [] },
      inputs,
      output: activation(random, "y", shape, int8),
    };
  };
}
