/**
 * Two linear layers with nothing between them become one where that costs less.
 * @module
 */
import { isPointwise, isUnbounded, type LinearLayer, linearLayer } from "./linear_layer.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/**
 * W₂(W₁x + b₁) + b₂ = (W₂W₁)x + (W₂b₁ + b₂). One of the two is pointwise; a window behind it must not
 * reach over the border where b₁ is not 0, as padding has no bias.
 */
export const collapseLinear: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    const second = linearLayer(rewriter, node);
    const first = second && linearLayer(rewriter, rewriter.producer(node.inputs[0]));
    if (!first || !isUnbounded(first.node) || !rewriter.isPrivate(node.inputs[0])) continue;
    if (first.node.op !== second.node.op) continue;
    const product = multiply(first, second);
    if (!product || !costsLess(rewriter, first, second)) continue;
    const { geometry, cells, bias } = product;
    const [x, w] = first.node.inputs;
    const shape = geometry.shape.with(0, second.outputs).with(-1, first.inputs);
    const weights = rewriter.addConstant(w, shape, cells);
    node.inputs = [x, weights];
    if (bias) {
      const name = second.node.inputs[2] ?? `${node.name}/bias`;
      node.inputs.push(rewriter.addConstant(name, [second.outputs], bias));
    }
    const { min, max } = node.params;
    node.params = { ...geometry.node.params, min, max };
    rewriter.remove(first.node);
    return true;
  }
  return false;
};

/** The product of two layers, and whose window it has; null where there is none. */
function multiply(
  first: LinearLayer,
  second: LinearLayer,
): { geometry: LinearLayer; cells: Float64Array; bias: Float64Array | null } | null {
  const { padTop = 0, padLeft = 0, padBottom = 0, padRight = 0 } = second.node.params;
  const padded = padTop + padLeft + padBottom + padRight > 0;
  const geometry = isPointwise(second) ? first : second;
  if (geometry === second && (!isPointwise(first) || (padded && first.bias))) return null;
  const [outputs, between, inputs] = [second.outputs, first.outputs, first.inputs];
  const { cells } = geometry;
  const product = new Float64Array(outputs * cells * inputs);
  for (let o = 0; o < outputs; o++) {
    for (let cell = 0; cell < cells; cell++) {
      for (let m = 0; m < between; m++) {
        const at = geometry === first ? 0 : cell;
        const a = second.weights[(o * second.cells + at) * between + m];
        const from = (m * first.cells + (geometry === first ? cell : 0)) * inputs;
        const to = (o * cells + cell) * inputs;
        for (let i = 0; i < inputs; i++) product[to + i] += a * first.weights[from + i];
      }
    }
  }
  if (!first.bias && !second.bias) return { geometry, cells: product, bias: null };
  const bias = Float64Array.from({ length: outputs }, (_, o) => {
    let sum = second.bias?.[o] ?? 0;
    for (let k = 0; k < second.cells * between; k++) {
      const w = second.weights[o * second.cells * between + k];
      sum += w * (first.bias?.[k % between] ?? 0);
    }
    return sum;
  });
  return { geometry, cells: product, bias };
}

/** Whether one layer takes fewer multiplications than two, and no more weights. */
function costsLess(rewriter: Rewriter, first: LinearLayer, second: LinearLayer): boolean {
  const places = ({ node, outputs }: LinearLayer) =>
    rewriter.shape(node.output).reduce((a, b) => a * b, 1) / outputs;
  const cells = Math.max(first.cells, second.cells);
  const weights = second.outputs * cells * first.inputs;
  const before = places(first) * first.weights.length + places(second) * second.weights.length;
  return weights <= first.weights.length + second.weights.length &&
    places(second) * weights < before;
}
