/**
 * Conv2D and FullyConnected forwards and backwards, as products of columns.
 * @module
 */
import { clampBackward, clampForward, type Step, type StepInput } from "./step.ts";

/** y = W·x + b over columns x; ∂W = g·xᵀ, ∂x = Wᵀ·g, ∂b = g, summed over the output places. */
export function productStep(input: StepInput): Step {
  const { node, inputs: [x], output, parameters: [weights, bias] } = input;
  const { groups = 1 } = node.params;
  const outputs = output.shape[output.shape.length - 1];
  const depth = weights.values.length / outputs;
  const places = output.values.length / outputs;
  const perGroup = outputs / groups;
  const sources = sourcesOf(input, depth, places, groups);
  const columns = sources ? new Float32Array(places * depth * groups) : x.values;
  const back = !x.gradient ? null : sources ? new Float32Array(columns.length) : x.gradient;
  return {
    forward() {
      if (sources) sources.forEach((from, i) => columns[i] = from < 0 ? 0 : x.values[from]);
      const w = weights.values;
      for (let place = 0; place < places; place++) {
        for (let o = 0; o < outputs; o++) {
          const at = (place * groups + Math.floor(o / perGroup)) * depth;
          const row = o * depth;
          let sum = bias ? bias.values[o] : 0;
          for (let k = 0; k < depth; k++) sum += columns[at + k] * w[row + k];
          output.values[place * outputs + o] = sum;
        }
      }
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      if (sources) back?.fill(0);
      const w = weights.values;
      const dw = weights.gradient;
      for (let place = 0; place < places; place++) {
        for (let o = 0; o < outputs; o++) {
          const g = output.gradient[place * outputs + o];
          if (g === 0) continue;
          const at = (place * groups + Math.floor(o / perGroup)) * depth;
          const row = o * depth;
          if (bias) bias.gradient[o] += g;
          for (let k = 0; k < depth; k++) dw[row + k] += g * columns[at + k];
          if (back) { for (let k = 0; k < depth; k++) back[at + k] += g * w[row + k]; }
        }
      }
      if (!sources || !back) return;
      const dx = x.gradient!;
      sources.forEach((from, i) => {
        if (from >= 0) dx[from] += back[i];
      });
    },
  };
}

/** Where each element of the columns [places, groups, depth] comes from; −1 is padding. */
function sourcesOf(
  { node, inputs: [x, w], output }: StepInput,
  depth: number,
  places: number,
  groups: number,
): Int32Array | null {
  const p = node.params;
  if (node.op === "FullyConnected") return null;
  const [, height, width, channels] = x.shape;
  const [, outH, outW] = output.shape;
  const wide = channels / groups;
  const cells = depth / wide;
  const padding = p.padTop + p.padLeft + p.padBottom + p.padRight;
  if (cells === 1 && groups === 1 && p.strideH * p.strideW === 1 && padding === 0) return null;
  const kernelW = w.shape[2];
  const sources = new Int32Array(places * groups * depth);
  let i = 0;
  for (let place = 0; place < places; place++) {
    const top = Math.floor(place / outW) % outH * p.strideH - p.padTop;
    const left = place % outW * p.strideW - p.padLeft;
    const picture = Math.floor(place / (outH * outW)) * height;
    for (let group = 0; group < groups; group++) {
      for (let cell = 0; cell < cells; cell++) {
        const row = top + Math.floor(cell / kernelW) * p.dilationH;
        const column = left + cell % kernelW * p.dilationW;
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        const from = ((picture + row) * width + column) * channels + group * wide;
        for (let c = 0; c < wide; c++) sources[i++] = inside ? from + c : -1;
      }
    }
  }
  return sources;
}
