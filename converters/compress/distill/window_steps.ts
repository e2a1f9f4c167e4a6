/**
 * DepthwiseConv2D and pools forwards and backwards.
 * @module
 */
import { depthwise, depthwiseSlopes } from "../../numeric/mod.ts";
import { addBias, addBiasGradient, clampBackward, clampForward, type Step } from "./step.ts";
import type { StepInput } from "./step.ts";

/** Told of every pixel of the input that a place of the output sees, and of its cell in the window. */
type Visit = (out: number, from: number, cell: number) => void;

/** Visits all windows, padding left out; `out` and `from` are indices of the first channel. */
function eachCell(input: StepInput, kernelH: number, kernelW: number, visit: Visit): void {
  const { node: { params: p }, inputs: [x], output } = input;
  const [batch, height, width, channels] = x.shape;
  const [, outH, outW] = output.shape;
  const { dilationH = 1, dilationW = 1 } = p;
  let out = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++, out += channels) {
        for (let ky = 0; ky < kernelH; ky++) {
          const y = oy * p.strideH - p.padTop + ky * dilationH;
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < kernelW; kx++) {
            const xx = ox * p.strideW - p.padLeft + kx * dilationW;
            if (xx < 0 || xx >= width) continue;
            visit(out, ((n * height + y) * width + xx) * channels, ky * kernelW + kx);
          }
        }
      }
    }
  }
}

/** One filter a channel. */
export function depthwiseStep(input: StepInput): Step {
  const { inputs: [x, w], output, parameters: [weights, bias] } = input;
  const { strideH, strideW, dilationH = 1, dilationW = 1, padTop, padLeft } = input.node.params;
  const [batch, height, width, channels] = x.shape;
  const [, outHeight, outWidth] = output.shape;
  const [kernelH, kernelW] = w.shape;
  const windows = {
    ...{ height, width, channels, outHeight, outWidth, kernelH, kernelW },
    ...{ strideH, strideW, dilationH, dilationW, padTop, padLeft },
  };
  const each = (work: (part: (values: Float32Array) => Float32Array) => void) => {
    for (let n = 0; n < batch; n++) {
      work((values) => values.subarray(n * values.length / batch, (n + 1) * values.length / batch));
    }
  };
  return {
    forward() {
      each((part) => depthwise(part(x.values), weights.values, windows, part(output.values)));
      if (bias) addBias(output.values, bias.values);
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      if (bias) addBiasGradient(output.gradient, bias.gradient);
      each((part) => {
        const [own, g] = [part(x.values), part(output.gradient)];
        const dx = x.gradient && part(x.gradient);
        depthwiseSlopes(own, weights.values, g, windows, dx, weights.gradient);
      });
    },
  };
}

/** The mean of each window. */
export function averageStep(input: StepInput): Step {
  const { node: { params }, inputs: [x], output } = input;
  const { kernelH, kernelW, countIncludePad } = params;
  const channels = x.shape[3];
  const counts = new Float32Array(output.values.length);
  eachCell(input, kernelH, kernelW, (out) => counts[out]++);
  const shareOf = (out: number) => 1 / (countIncludePad ? kernelH * kernelW : counts[out]);
  return {
    forward() {
      output.values.fill(0);
      eachCell(input, kernelH, kernelW, (out, from) => {
        const share = shareOf(out);
        for (let c = 0; c < channels; c++) output.values[out + c] += share * x.values[from + c];
      });
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      const dx = x.gradient;
      if (!dx) return;
      eachCell(input, kernelH, kernelW, (out, from) => {
        const share = shareOf(out);
        for (let c = 0; c < channels; c++) dx[from + c] += share * output.gradient[out + c];
      });
    },
  };
}

/** The largest of each window; the gradient goes to the first of the largest. */
export function maxStep(input: StepInput): Step {
  const { node: { params: { kernelH, kernelW } }, inputs: [x], output } = input;
  const channels = x.shape[3];
  const best = new Int32Array(output.values.length);
  return {
    forward() {
      output.values.fill(-Infinity);
      best.fill(-1);
      eachCell(input, kernelH, kernelW, (out, from) => {
        for (let c = 0; c < channels; c++) {
          if (x.values[from + c] <= output.values[out + c]) continue;
          output.values[out + c] = x.values[from + c];
          best[out + c] = from + c;
        }
      });
      clampForward(input);
    },
    backward() {
      clampBackward(input);
      const dx = x.gradient;
      if (dx) best.forEach((from, i) => from >= 0 && (dx[from] += output.gradient[i]));
    },
  };
}
