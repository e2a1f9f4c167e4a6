/**
 * Conv2D and FullyConnected forwards and backwards, as products of columns.
 * @module
 */
import { product, transposed, transposedProduct } from "../../numeric/mod.ts";
import { addBias, addBiasGradient, clampBackward, clampForward, type Step } from "./step.ts";
import type { StepInput } from "./step.ts";

/**
 * y = W·x + b over columns x; ∂W = g·xᵀ, ∂x = Wᵀ·g, ∂b = g, summed over the output places. Groups are
 * products of their own.
 */
export function productStep(input: StepInput): Step {
  const { node, inputs: [x], output, parameters: [weights, bias] } = input;
  const { groups = 1 } = node.params;
  const outputs = output.shape[output.shape.length - 1];
  const depth = weights.values.length / outputs;
  const places = output.values.length / outputs;
  const perGroup = outputs / groups;
  const sources = sourcesOf(input, depth, places, groups);
  // [groups, places, depth] and, of outputs, [groups, places, perGroup].
  const columns = sources ? new Float32Array(places * depth * groups) : x.values;
  const sums = groups > 1 ? new Float32Array(output.values.length) : output.values;
  const slopes = new Float32Array(perGroup * depth);
  const back = x.gradient && new Float32Array(places * depth);
  const part = (values: Float32Array, group: number) => {
    const size = values.length / groups;
    return values.subarray(group * size, (group + 1) * size);
  };
  return {
    forward() {
      if (sources) gather(x.values, sources, columns);
      for (let group = 0; group < groups; group++) {
        const rows = transposed(part(weights.values, group), perGroup);
        product(part(columns, group), rows, depth, part(sums, group));
      }
      if (groups > 1) regroup(sums, output.values, groups, places, false);
      if (bias) addBias(output.values, bias.values);
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      if (bias) addBiasGradient(output.gradient, bias.gradient);
      let gradient = output.gradient;
      if (groups > 1) {
        gradient = new Float32Array(gradient.length);
        regroup(gradient, output.gradient, groups, places, true);
      }
      for (let group = 0; group < groups; group++) {
        const g = part(gradient, group);
        transposedProduct(g, part(columns, group), places, slopes);
        const own = part(weights.gradient, group);
        for (let i = 0; i < own.length; i++) own[i] += slopes[i];
        if (!x.gradient || !back) continue;
        product(g, part(weights.values, group), perGroup, back);
        scatter(back, sources?.subarray(group * back.length) ?? null, x.gradient);
      }
    },
  };
}

/** Columns from where they come; −1 is padding. */
function gather(values: Float32Array, sources: Int32Array, columns: Float32Array): void {
  for (let i = 0; i < columns.length; i++) {
    const from = sources[i];
    columns[i] = from < 0 ? 0 : values[from];
  }
}

/** Adds what comes back of columns to where they come from. */
function scatter(back: Float32Array, sources: Int32Array | null, gradient: Float32Array): void {
  if (!sources) {
    for (let i = 0; i < back.length; i++) gradient[i] += back[i];
    return;
  }
  for (let i = 0; i < back.length; i++) {
    const from = sources[i];
    if (from >= 0) gradient[from] += back[i];
  }
}

/** Between [groups, places, n] and [places, groups, n]. */
function regroup(
  grouped: Float32Array,
  plain: Float32Array,
  groups: number,
  places: number,
  back: boolean,
): void {
  const size = grouped.length / groups / places;
  for (let place = 0; place < places; place++) {
    for (let group = 0; group < groups; group++) {
      const [a, b] = [(group * places + place) * size, (place * groups + group) * size];
      if (back) grouped.set(plain.subarray(b, b + size), a);
      else plain.set(grouped.subarray(a, a + size), b);
    }
  }
}

/** Where each element of the columns [groups, places, depth] comes from; −1 is padding. */
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
  for (let place = 0; place < places; place++) {
    const top = Math.floor(place / outW) % outH * p.strideH - p.padTop;
    const left = place % outW * p.strideW - p.padLeft;
    const picture = Math.floor(place / (outH * outW)) * height;
    for (let group = 0; group < groups; group++) {
      let i = (group * places + place) * depth;
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
