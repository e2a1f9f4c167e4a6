/**
 * Conv2D, DepthwiseConv2D and FullyConnected (NHWC).
 *
 * Integer: acc = bias[o] + Σ (x − zx)·w, exact; then f32(acc) × multiplier[o].
 * Float: acc starts as bias[o], then adds f32(x·w) one after the other over kernel row, kernel
 * column, input channel; every step is rounded to float32.
 * @module
 */
import type { Context } from "./context.ts";
import { multipliers, outputOf, store } from "./requantize.ts";

const f = Math.fround;

/** Sums products from `first` on in the operator's own arithmetic. */
type Accumulate = (sum: number, x: number, w: number) => number;

const integerSum: Accumulate = (sum, x, w) => sum + x * w;
const floatSum: Accumulate = (sum, x, w) => f(sum + f(x * w));

/** x[N,H,W,C] with w[O,KH,KW,C/groups] gives out[N,OH,OW,O]. */
export function conv2d(context: Context<"Conv2D">): void {
  const [, kernelH, kernelW, depth] = context.inputs[1].shape;
  const { groups } = context.operator.params;
  const channels = context.output.shape[3];
  const perGroup = channels / groups;
  slide(context, channels, kernelH, kernelW, (o, ky, kx, tap) => {
    const from = Math.floor(o / perGroup) * depth;
    const weight = ((o * kernelH + ky) * kernelW + kx) * depth;
    for (let c = 0; c < depth; c++) tap(from + c, weight + c);
  });
}

/** x[N,H,W,C] with w[KH,KW,C] gives out[N,OH,OW,C]. */
export function depthwiseConv2d(context: Context<"DepthwiseConv2D">): void {
  const [kernelH, kernelW, channels] = context.inputs[1].shape;
  slide(context, channels, kernelH, kernelW, (o, ky, kx, tap) => {
    tap(o, (ky * kernelW + kx) * channels + o);
  });
}

/** x[…,K] with w[O,K] gives out[…,O]. */
export function fullyConnected(context: Context<"FullyConnected">): void {
  const { inputs: [x, w], values: [data, weights, bias], result, operator } = context;
  const [channels, depth] = w.shape;
  const integer = x.dtype === "int8";
  const accumulate = integer ? integerSum : floatSum;
  const scale = multipliers(w, channels, operator.params.factor);
  const output = outputOf(context.output, operator.params);
  for (let row = 0; row < x.size / depth; row++) {
    for (let o = 0; o < channels; o++) {
      let sum = bias ? bias[o] : 0;
      for (let k = 0; k < depth; k++) {
        sum = accumulate(
          sum,
          data[row * depth + k] - x.zeroPoint,
          weights[o * depth + k],
        );
      }
      result[row * channels + o] = store(
        integer ? f(f(sum) * scale[o]) : sum,
        output,
      );
    }
  }
}

/** Slides a window over the picture; `taps` names the input channel and weight of each product. */
function slide(
  context: Context<"Conv2D"> | Context<"DepthwiseConv2D">,
  channels: number,
  kernelH: number,
  kernelW: number,
  taps: (
    o: number,
    ky: number,
    kx: number,
    tap: (channel: number, weight: number) => void,
  ) => void,
): void {
  const { inputs: [x, w], values: [data, weights, bias], result, operator } = context;
  const { strideH, strideW, padTop, padLeft, dilationH, dilationW, factor } = operator.params;
  const [, height, width, depth] = x.shape;
  const [batch, outH, outW] = context.output.shape;
  const integer = x.dtype === "int8";
  const accumulate = integer ? integerSum : floatSum;
  const scale = multipliers(w, channels, factor);
  const output = outputOf(context.output, operator.params);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        for (let o = 0; o < channels; o++) {
          let sum = bias ? bias[o] : 0;
          for (let ky = 0; ky < kernelH; ky++) {
            const y = oy * strideH - padTop + ky * dilationH;
            if (y < 0 || y >= height) continue;
            for (let kx = 0; kx < kernelW; kx++) {
              const xx = ox * strideW - padLeft + kx * dilationW;
              if (xx < 0 || xx >= width) continue;
              const pixel = ((n * height + y) * width + xx) * depth;
              taps(o, ky, kx, (channel, weight) => {
                sum = accumulate(
                  sum,
                  data[pixel + channel] - x.zeroPoint,
                  weights[weight],
                );
              });
            }
          }
          result[at++] = store(integer ? f(f(sum) * scale[o]) : sum, output);
        }
      }
    }
  }
}
