/**
 * Linear layers beside each other, or beside their own input, become one.
 * @module
 */
import type { CoreNode } from "../graph/graph.ts";
import { isUnbounded, type LinearLayer, linearLayer } from "./linear_layer.ts";
import type { Pass, Rewriter } from "./rewriter.ts";

/**
 * αx + β(Wx + b) = (αI + βW)x + βb, and α(Vx + a) + β(Wx + b) = (αV + βW)x + (αa + βb), where every
 * cell of the smaller window is one of the larger (Ding et al. 2021, "RepVGG: Making VGG-style
 * ConvNets Great Again", arXiv:2101.03697, §3.3). It always costs less: the sum goes.
 */
export const collapseSum: Pass = (rewriter) => {
  for (const node of rewriter.graph.nodes) {
    if (node.op !== "Add" || node.inputs[0] === node.inputs[1]) continue;
    const branches = node.inputs.map((name) => branchOf(rewriter, name));
    const sizes = branches.map((branch) => branch?.cells ?? 0);
    const side = sizes[0] >= sizes[1] ? 0 : 1;
    const base = branches[side];
    if (!base || base.node.output !== node.inputs[side]) continue;
    const other = branches[1 - side];
    const [x] = base.node.inputs;
    const isInput = node.inputs[1 - side] === x;
    if (!isInput && (!other || other.node.inputs[0] !== x)) continue;
    const shapes = [...node.inputs, node.output].map((name) => rewriter.shape(name).join());
    if (new Set(shapes).size > 1) continue;
    const factors = [node.params.factorA, node.params.factorB];
    const merged = isInput
      ? withIdentity(rewriter, base, factors[side], factors[1 - side])
      : withLayer(base, other!, factors[side], factors[1 - side]);
    if (!merged) continue;
    const { weights, bias } = merged;
    const [, w, b] = base.node.inputs;
    base.node.inputs = [x, rewriter.addConstant(w, base.shape, weights)];
    if (bias) {
      const name = b ?? other?.node.inputs[2] ?? `${base.node.name}/bias`;
      base.node.inputs.push(rewriter.addConstant(name, [base.outputs], bias));
    }
    const { min, max } = node.params;
    base.node.params = { ...base.node.params, min, max };
    if (!isInput) rewriter.remove(other!.node);
    rewriter.absorb(base.node, node);
    return true;
  }
  return false;
};

interface Merged {
  weights: Float64Array;
  bias: Float64Array | null;
}

/** The layer that makes one operand, when nothing else takes it and nothing is clamped. */
function branchOf(rewriter: Rewriter, name: string): LinearLayer | null {
  const layer = linearLayer(rewriter, rewriter.producer(name));
  return layer && isUnbounded(layer.node) && rewriter.isPrivate(name) ? layer : null;
}

/** factor·layer + scale·x. */
function withIdentity(
  rewriter: Rewriter,
  layer: LinearLayer,
  factor: number,
  scale: number,
): Merged | null {
  const { node, inputs, outputs } = layer;
  const { strideH = 1, strideW = 1 } = node.params;
  const center = cellsOf(layer).indexOf("0,0");
  const same = rewriter.shape(node.inputs[0]).join() === rewriter.shape(node.output).join();
  if (!same || inputs !== outputs || strideH !== 1 || strideW !== 1 || center < 0) return null;
  const merged = scaled(layer, factor);
  for (let o = 0; o < outputs; o++) {
    merged.weights[(o * layer.cells + center) * inputs + o] += scale;
  }
  return merged;
}

/** factor·layer + scale·other. */
function withLayer(
  layer: LinearLayer,
  other: LinearLayer,
  factor: number,
  scale: number,
): Merged | null {
  const strides = ({ params: { strideH = 1, strideW = 1 } }: CoreNode) => `${strideH},${strideW}`;
  const { outputs, inputs, cells } = layer;
  const places = cellsOf(other).map((cell) => cellsOf(layer).indexOf(cell));
  if (layer.node.op !== other.node.op || strides(layer.node) !== strides(other.node)) return null;
  if (places.includes(-1) || outputs !== other.outputs || inputs !== other.inputs) return null;
  const merged = scaled(layer, factor);
  for (let o = 0; o < outputs; o++) {
    places.forEach((place, cell) => {
      for (let i = 0; i < inputs; i++) {
        const value = other.weights[(o * other.cells + cell) * inputs + i];
        merged.weights[(o * cells + place) * inputs + i] += scale * value;
      }
    });
  }
  if (other.bias) {
    merged.bias ??= new Float64Array(outputs);
    other.bias.forEach((value, o) => merged.bias![o] += scale * value);
  }
  return merged;
}

function scaled({ weights, bias }: LinearLayer, factor: number): Merged {
  return {
    weights: Float64Array.from(weights, (w) => factor * w),
    bias: bias && Float64Array.from(bias, (b) => factor * b),
  };
}

/** How far each cell lies from the pixel that the window stands on: rows, columns. */
function cellsOf({ node, shape }: LinearLayer): string[] {
  if (shape.length !== 4) return ["0,0"];
  const { padTop, padLeft, dilationH, dilationW } = node.params;
  return Array.from({ length: shape[1] * shape[2] }, (_, cell) => {
    const [row, column] = [Math.floor(cell / shape[2]), cell % shape[2]];
    return `${row * dilationH - padTop},${column * dilationW - padLeft}`;
  });
}
