/**
 * Folds multiplying and adding by constants (batch normalization, most of all) into the weights and
 * bias of the operator before: W' = s·W, b' = s·b + t.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/** Channel axis of the weights of each operator that can take a scale up. */
const CHANNEL_AXIS: Partial<Record<CoreNode["op"], number>> = {
  Conv2D: 0,
  DepthwiseConv2D: 2,
  FullyConnected: 0,
};

/** y = Mul(op(x), s), Add(op(x), t); Div by a constant becomes Mul first, where it can be folded. */
export const foldAffine: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op === "Div" && divideByConstant(rewriter, node)) return true;
    if ((node.op === "Mul" || node.op === "Add") && fold(rewriter, node)) return true;
  }
  return false;
};

function divideByConstant(rewriter: Rewriter, node: CoreNode): boolean {
  const [a, b] = node.inputs;
  const divisor = rewriter.constant(b);
  const maker = rewriter.producer(a);
  if (!divisor || !maker || CHANNEL_AXIS[maker.op] === undefined) return false;
  const factors = divisor.map((value) => 1 / value);
  if (!factors.every((factor) => Number.isFinite(factor) && factor !== 0)) return false;
  const inverse = rewriter.addConstant(b, rewriter.shape(b), factors);
  const params = { factor: 1, min: -Infinity, max: Infinity };
  Object.assign(node, { op: "Mul", inputs: [a, inverse], params });
  return true;
}

function fold(rewriter: Rewriter, node: CoreNode): boolean {
  const side = node.inputs.findIndex((name) => rewriter.constant(name));
  if (side < 0) return false;
  const from = node.inputs[1 - side];
  const maker = rewriter.producer(from);
  const axis = maker && CHANNEL_AXIS[maker.op];
  if (!maker || axis === undefined || !rewriter.isPrivate(from)) return false;
  if (maker.params.min !== -Infinity || maker.params.max !== Infinity) return false;
  const weights = rewriter.constant(maker.inputs[1]);
  const shape = rewriter.shape(maker.inputs[1]);
  const channels = shape[axis];
  const operand = perChannel(rewriter, node.inputs[side], rewriter.shape(from), channels);
  if (!weights || !operand) return false;
  const multiply = node.op === "Mul";
  const factors = [node.params.factorA, node.params.factorB];
  const scale = operand.map((value) => multiply ? value : factors[1 - side]);
  const shift = operand.map((value) => multiply ? 0 : value * factors[side]);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const scaled = Float64Array.from(
    weights,
    (value, i) => value * scale[Math.floor(i / inner) % channels],
  );
  const bias = maker.inputs[2] ? rewriter.constant(maker.inputs[2]) : null;
  if (maker.inputs[2] && !bias) return false;
  const moved = shift.map((value, c) => (bias?.[c] ?? 0) * scale[c] + value);
  maker.inputs = [
    maker.inputs[0],
    rewriter.addConstant(maker.inputs[1], shape, scaled),
    rewriter.addConstant(maker.inputs[2] ?? `${maker.name}/bias`, [channels], moved),
  ];
  maker.params = { ...maker.params, min: node.params.min, max: node.params.max };
  rewriter.absorb(maker, node);
  return true;
}

/** One value per output channel, or null where the operand varies otherwise. */
function perChannel(
  rewriter: Rewriter,
  name: string,
  shape: readonly number[],
  channels: number,
): number[] | null {
  const data = rewriter.constant(name)!;
  const given = rewriter.shape(name);
  if (given.length > shape.length) return null;
  if (data.length === 1) return new Array(channels).fill(data[0]);
  return data.length === channels && given.at(-1) === channels ? Array.from(data) : null;
}
