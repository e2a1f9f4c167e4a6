/**
 * Calls of Conv2D, DepthwiseConv2D, FullyConnected and MatMul.
 * @module
 */
import { multipliers } from "../../../../runtime/reference/requantize.ts";
import { floatLiteral } from "../source/constants.ts";
import {
  type CallContext,
  type CallEmitter,
  constantValues,
  isInteger,
  type Layer,
  operand,
  product,
  roundUp,
} from "./layer.ts";
import { fixedMultipliers } from "../weight_layouts/fixed_multipliers.ts";
import { foldedBias } from "../weight_layouts/folded_bias.ts";
import { rowsOfWords } from "../weight_layouts/rows_of_words.ts";
import { depthwiseBytes, patchBytes } from "../weight_layouts/scratch_bytes.ts";
import { packedStruct, packedWeights } from "./packed.ts";
import { windowStruct } from "./window.ts";

/** The operators with weights and a bias. */
type Weighted = "Conv2D" | "DepthwiseConv2D" | "FullyConnected";

const KERNELS: Record<Weighted, string> = {
  Conv2D: "kedge_conv2d",
  DepthwiseConv2D: "kedge_depthwise",
  FullyConnected: "kedge_fully_connected",
};

/** `_s8`, `_s8_f32` or `_f32`, by input and output. */
function suffix({ inputs: [x], output }: Layer): string {
  if (!isInteger(x)) return "_f32";
  return isInteger(output) ? "_s8" : "_s8_f32";
}

/** Weights, and what turns sums into outputs; equal for all bands of a layer. */
function layerArguments(layer: Layer<Weighted>, context: CallContext): [string, string] {
  const { constants } = context;
  const { inputs: [x, w, bias], output, operator: { op, params }, name } = layer;
  const channels = output.shape[output.shape.length - 1];
  const bounds = { low: floatLiteral(params.min), high: floatLiteral(params.max) };
  const weights = constantValues(layer, 1);
  const shape = `w[${w.shape}]`;
  if (!isInteger(x)) {
    const values = bias && constants.array("float", `${name}_bias`, constantValues(layer, 2));
    const fields = { bias: values ?? "0", ...bounds };
    return [
      constants.array("float", `${name}_weights`, weights, `${shape}, float32`),
      constants.struct("kedge_float_layer", `${name}_output`, fields),
    ];
  }
  const integers = Int8Array.from(weights);
  const depthwise = op === "DepthwiseConv2D";
  const bias32 = bias ? Int32Array.from(constantValues(layer, 2)) : null;
  const folded = foldedBias(bias32, integers, channels, x.zeroPoint, depthwise);
  const scales = multipliers(w, channels, params.factor);
  const fields = {
    bias: constants.array("int32_t", `${name}_bias`, inFours(folded)),
    multiplier: constants.array("float", `${name}_multiplier`, inFours(scales)),
    pad: x.zeroPoint,
    ...(isInteger(output) ? integerOutput() : bounds),
  };
  function integerOutput(): Record<string, string | number> {
    const { min, max } = params;
    const output8 = { zero: output.zeroPoint, min, max };
    if (!takesFixed(layer)) return output8;
    const fixed = fixedMultipliers(scales, output.zeroPoint, integers, folded, depthwise);
    const array = constants.array("int32_t", `${name}_fixed`, inFours(fixed), "", "KEDGE_DSP");
    return { ...output8, fixed: `KEDGE_FIXED(${array})` };
  }
  const narrow = op === "FullyConnected" || layer.block ? packedWeights(layer) : null;
  const laid = depthwise ? integers : rowsOfWords(integers, channels);
  return [
    narrow
      ? packedStruct(layer, narrow, context)
      : constants.array("int8_t", `${name}_weights`, laid, `${shape}, int8`),
    constants.struct("kedge_layer", `${name}_output`, fields),
  ];
}

/** Whether kernels read multipliers in fixed point: those of patches, and of 3 × 3 depthwise. */
function takesFixed({ inputs: [x, w], operator }: Layer<Weighted>): boolean {
  if (operator.op === "FullyConnected") return x.size > w.shape[1];
  if (operator.op === "Conv2D") return true;
  const { dilationH, dilationW } = operator.params;
  return w.shape[0] === 3 && w.shape[1] === 3 && dilationH === 1 && dilationW === 1;
}

/** Values padded with zeros to a multiple of four, as kernels take four channels at a time. */
function inFours(values: ArrayLike<number>): number[] {
  return Array.from({ length: roundUp(values.length, 4) }, (_, i) => values[i] ?? 0);
}

/** x[N,H,W,C] with w[O,KH,KW,C/groups]. */
export const conv2d: CallEmitter<"Conv2D"> = {
  scratch({ inputs: [x, w], output, block }) {
    if (!isInteger(x)) return 0;
    const depth = w.size / output.shape[3];
    const rows = block ? block * roundUp(depth, 4) + 12 : 0;
    return roundUp(patchBytes(depth), 16) + rows;
  },
  emit: windowCall,
};

/** x[N,H,W,C] with w[KH,KW,C]. */
export const depthwiseConv2d: CallEmitter<"DepthwiseConv2D"> = {
  scratch({ inputs: [x, w], output, operator: { params }, block }) {
    if (!isInteger(x)) return 0;
    const [kernelH, kernelW, channels] = w.shape;
    const { strideW } = params;
    return depthwiseBytes({ kernelH, kernelW, strideW, outW: output.shape[2], channels }) +
      (block ? roundUp(w.size, 16) : 0);
  },
  emit: windowCall,
};

function windowCall(layer: Layer<"Conv2D"> | Layer<"DepthwiseConv2D">, context: CallContext) {
  const [weights, outputs] = layerArguments(layer, context);
  const scratch = isInteger(layer.inputs[0]) ? [context.scratch] : [];
  const packed = layer.block > 0;
  return [{
    kernel: KERNELS[layer.operator.op] + (packed ? "_packed" : "") + suffix(layer),
    arguments: [
      context.input(0),
      weights,
      outputs,
      context.output,
      ...scratch,
      windowStruct(layer, context),
      ...(packed && layer.operator.op === "Conv2D" ? [layer.block] : []),
    ],
  }];
}

/** x[…,K] with w[O,K]. */
export const fullyConnected: CallEmitter<"FullyConnected"> = {
  scratch: ({ inputs: [x, w] }) => isInteger(x) && x.size > w.shape[1] ? patchBytes(w.shape[1]) : 0,
  emit(layer, context) {
    const { inputs: [x, w] } = layer;
    const [weights, outputs] = layerArguments(layer, context);
    if (isInteger(x) && x.size === w.shape[1]) {
      const kernel = packedWeights(layer) ? "kedge_dense_packed" : "kedge_dense";
      return [{
        kernel: kernel + suffix(layer),
        arguments: [context.input(0), weights, outputs, context.output, w.shape[1], w.shape[0]],
      }];
    }
    const scratch = isInteger(x) ? [context.scratch] : [];
    const sizes = [x.size / w.shape[1], w.shape[1], w.shape[0]];
    return [{
      kernel: KERNELS.FullyConnected + suffix(layer),
      arguments: [context.input(0), weights, outputs, context.output, ...scratch, ...sizes],
    }];
  },
};

/** a[…,M,K] × b[…,K,N], one call for each matrix. */
export const matMul: CallEmitter<"MatMul"> = {
  scratch: () => 0,
  emit(layer, context) {
    const { inputs: [a, b], output } = layer;
    const [rows, depth] = a.shape.slice(-2);
    const columns = b.shape[b.shape.length - 1];
    const batch = output.shape.slice(0, -2);
    const places = [a, b].map((tensor, i) => ({
      text: operand(layer, i, context),
      steps: outerSteps(tensor.shape, batch.length),
    }));
    return Array.from({ length: product(batch) }, (_, flat) => {
      const index = indexOf(flat, batch);
      const [left, right] = places.map(({ text, steps }) =>
        plus(text, index.reduce((sum, i, axis) => sum + i * steps[axis], 0))
      );
      const to = plus(context.output, flat * rows * columns);
      return { kernel: "kedge_matmul_f32", arguments: [left, right, to, rows, depth, columns] };
    });
  },
};

const plus = (text: string, offset: number) => offset ? `${text} + ${offset}` : text;

/** Strides of the axes before the matrices, 0 where stretched, with leading axes added. */
function outerSteps(shape: readonly number[], rank: number): number[] {
  const outer = shape.slice(0, -2);
  const steps = outer.map((size, axis) => size === 1 ? 0 : product(shape.slice(axis + 1)));
  return [...new Array<number>(rank - outer.length).fill(0), ...steps];
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length).fill(0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = flat % shape[axis];
    flat = Math.floor(flat / shape[axis]);
  }
  return index;
}
