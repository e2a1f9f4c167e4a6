/**
 * Conv2D and FullyConnected on WASM: one matrix product over windows that are read in place.
 * @module
 */
import { decodeTensor } from "../../format/decode.ts";
import type { Model, ModelOperator, ModelTensor, TensorArray } from "../../format/model.ts";
import type { Preparation, Step } from "../step.ts";
import {
  type Geometry,
  hasNoBorder,
  paddedSize,
  writeBias,
  writeBlock,
  zeroPointSums,
} from "./convolution_block.ts";

/** Conv2D. */
export const Conv2D: Step = {
  kernels: matrixKernels,
  prepare(preparation) {
    const { operator, inputs: [x, w], output } = preparation;
    const { params } = operator as ModelOperator<"Conv2D">;
    const [batch, height, width, channels] = x.shape;
    const [outputs, kernelH, kernelW] = w.shape;
    const [, outH, outW] = output.shape;
    const sizes = { batch, height, width, channels, outH, outW, outputs, kernelH, kernelW };
    return matrixProduct(preparation, { ...sizes, ...params });
  },
};

/** FullyConnected: a 1×1 convolution over rows. */
export const FullyConnected: Step = {
  kernels: matrixKernels,
  prepare(preparation) {
    const { inputs: [x, w] } = preparation;
    const [outputs, channels] = w.shape;
    const rows = x.size / channels;
    return matrixProduct(preparation, {
      ...{ batch: 1, height: 1, width: rows, channels, outH: 1, outW: rows, outputs },
      ...{ kernelH: 1, kernelW: 1, strideH: 1, strideW: 1, padTop: 0, padLeft: 0 },
      ...{ dilationH: 1, dilationW: 1, groups: 1 },
    });
  },
};

/** How a kernel takes values: bytes of one in the picture, products in 4 bytes of weights a channel. */
interface Kind {
  name: string;
  size: 1 | 2 | 4;
}

/** Whether all weights lie in −64…63, so that w + 64 serves as the 7-bit operand. */
function isSevenBit(w: ModelTensor): boolean {
  return (decodeTensor(w) as Int8Array).every((value) => value >= -64 && value <= 63);
}

function matrixKernels({ inputs }: ModelOperator, model: Model, relaxed: boolean): string[] {
  const [x, w] = inputs.map((i) => model.tensors[i]);
  return [kindOf(x, w, relaxed).name];
}

function kindOf(x: ModelTensor, w: ModelTensor, relaxed: boolean): Kind {
  if (x.dtype !== "int8") return { name: "conv2d_float32", size: 4 };
  return relaxed && isSevenBit(w)
    ? { name: "conv2d_int8_7bit", size: 1 }
    : { name: "conv2d_int8", size: 2 };
}

function matrixProduct(preparation: Preparation, g: Geometry): () => void {
  const { inputs: [x, w], relaxed } = preparation;
  const { name, size } = kindOf(x, w, relaxed);
  const depth = g.channels / g.groups;
  // Int8 pictures are widened on the way, so they are always copied.
  const copies = !hasNoBorder(g) || size === 2;
  const lineWidth = copies ? paddedSize(g)[1] : g.width;
  // A row of the kernel is one run of bytes where its columns are neighbours in memory.
  const wide = g.dilationW === 1 && g.groups === 1;
  const products = wide ? g.kernelW * depth : depth;
  const offsets: number[] = [];
  for (let ky = 0; ky < g.kernelH; ky++) {
    for (let kx = 0; kx < (wide ? 1 : g.kernelW); kx++) {
      offsets.push(ky * g.dilationH * lineWidth + kx * g.dilationW);
    }
  }
  const step = 4 / size;
  const bytes = Math.ceil(products / step) * 4;
  const weights = decodeTensor(w);
  const perChannel = weights.length / g.outputs;
  const block = writeBlock(preparation, g, {
    weights: writePanels(preparation, g, weights, { products, runs: offsets.length, bytes, step }),
    bias: writeBias(
      preparation,
      g.outputs,
      zeroPointSums(preparation, g.outputs, weights, (i) => Math.floor(i / perChannel)),
    ),
    size,
    segments: { offsets, bytes },
    copies,
    sums: size === 1,
    ownBytes: products * size,
  });
  const kernel = preparation.kernel(name);
  return () => kernel(block);
}

/**
 * Weights in panels of 8 output channels: for every run of the window, for every 4 bytes of it, 8
 * channels × 4 bytes. int8 in 7 bits is stored as w + 64, any other int8 as int16; what fills up the
 * last 4 bytes of a run is 0, so whatever lies there in the picture counts nothing.
 */
function writePanels(
  { allocate, memory }: Preparation,
  g: Geometry,
  weights: TensorArray,
  { products, runs, bytes, step }: { products: number; runs: number; bytes: number; step: number },
): number {
  const perGroup = g.outputs / g.groups;
  const panels = Math.ceil(perGroup / 8);
  const total = g.groups * panels * runs * bytes * 8;
  const address = allocate(total);
  const count = total / 4 * step;
  const room = step === 1
    ? new Float32Array(memory(), address, count)
    : step === 2
    ? new Int16Array(memory(), address, count)
    : new Int8Array(memory(), address, count);
  const offset = step === 4 ? 64 : 0;
  const runSize = bytes / 4 * step * 8;
  for (let o = 0, from = 0; o < g.outputs; o++) {
    const within = o % perGroup;
    const panel = Math.floor(o / perGroup) * panels + (within >> 3);
    for (let run = 0; run < runs; run++) {
      const base = (panel * runs + run) * runSize + (within & 7) * step;
      for (let k = 0; k < products; k++, from++) {
        const inStep = k % step;
        room[base + (k - inStep) * 8 + inStep] = weights[from] + offset;
      }
    }
  }
  return address;
}
