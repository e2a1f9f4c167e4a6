/**
 * DFT and STFT as matrices.
 * @module
 */
import { sizeOf } from "../graph/graph.ts";
import { emitSwap } from "./linear_map.ts";
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";

/** Real and imaginary parts of a value. */
type Complex = readonly [number, number];

/** e^(2πi · turns). */
const circle = (turns: number): Complex => [
  Math.cos(2 * Math.PI * turns),
  Math.sin(2 * Math.PI * turns),
];

/** One transform along an axis. */
interface Transform {
  readonly axis: number;
  /** Entries that are there, and entries of the transform. */
  readonly given: number;
  readonly length: number;
  readonly outputs: number;
  /** 1 for real values, 2 for complex ones. */
  readonly parts: number;
  readonly outputParts: number;
  readonly inverse: boolean;
  /** Real values out of the first half of a spectrum. */
  readonly real: boolean;
}

function transformOf(context: NodeContext): Transform {
  const shape = context.shapeOfRank(0, 2, Infinity);
  const rank = shape.length;
  const axis = context.axis(
    context.opset < 20 ? context.number("axis", 1) : context.scalar(2, "axis") ?? -2,
    rank,
  );
  const [given, parts] = [shape[axis], shape[rank - 1]];
  const inverse = context.number("inverse", 0) === 1;
  const onesided = context.number("onesided", 0) === 1;
  const real = inverse && onesided;
  const length = context.scalar(1, "length") ?? (real ? 2 * (given - 1) : given);
  if (axis === rank - 1 || parts > 2 || !(length >= 1 && Number.isInteger(length))) {
    context.fail("its input does not fit", text(shape), "values of one or two parts");
  }
  const outputs = onesided && !inverse ? Math.floor(length / 2) + 1 : length;
  return { axis, given, length, outputs, parts, outputParts: real ? 1 : 2, inverse, real };
}

/**
 * Matrix [output, part][entry, part]: output k is Σ x[n]·e^(∓2πikn/N). Real values out of half a
 * spectrum count each entry twice but those that are their own mirror.
 */
function matrixOf(transform: Transform): number[] {
  const { given, length, outputs, parts, outputParts, inverse, real } = transform;
  const matrix: number[] = [];
  for (let k = 0; k < outputs; k++) {
    for (let part = 0; part < outputParts; part++) {
      for (let n = 0; n < given; n++) {
        const [cos, sin] = circle((inverse ? 1 : -1) * (k * n % length) / length);
        const twice = real && n > 0 && 2 * n !== length ? 2 : 1;
        const beyond = n >= (real ? Math.floor(length / 2) + 1 : length);
        const scale = beyond ? 0 : inverse ? twice / length : 1;
        // (a + bi)(cos + i·sin) = (a·cos − b·sin) + i(a·sin + b·cos)
        const row: Complex = part === 0 ? [cos, -sin] : [sin, cos];
        for (let from = 0; from < parts; from++) matrix.push(scale * row[from]);
      }
    }
  }
  return matrix;
}

/** Discrete Fourier transform along an axis. */
const dft: Operator = {
  names: ["DFT"],
  infer(context) {
    const { axis, outputs, outputParts } = transformOf(context);
    const shape = context.shape(0).with(axis, outputs).with(-1, outputParts);
    return [{ dtype: context.input(0).dtype, shape }];
  },
  lower(context) {
    const transform = transformOf(context);
    const { axis, given, outputs, parts, outputParts } = transform;
    const rank = context.shape(0).length;
    const turned = emitSwap(context, context.value(0), axis, rank - 2);
    const outer = context.shapeOf(turned).slice(0, -2);
    const rows = context.emit("Reshape", [turned], { shape: [sizeOf(outer), given * parts] });
    const size = [outputs * outputParts, given * parts];
    const matrix = context.newConstant(size, matrixOf(transform));
    const shape = [sizeOf(outer), size[0]];
    const mapped = context.emit("FullyConnected", [rows, matrix], { shape });
    const apart = context.emit("Reshape", [mapped], { shape: [...outer, outputs, outputParts] });
    context.finish(emitSwap(context, apart, axis, rank - 2));
  },
};

function framesOf(context: NodeContext) {
  const [batch, samples, parts = 1] = context.shapeOfRank(0, 2, 3);
  const step = context.scalar(1, "step of frames") ?? 0;
  const window = context.constant(2, "window");
  const length = context.scalar(3, "length of frames") ?? window?.length ?? 0;
  const bins = context.number("onesided", 1) === 1 ? Math.floor(length / 2) + 1 : length;
  const frames = Math.floor((samples - length) / step) + 1;
  const fits = step >= 1 && length >= 1 && frames >= 1 && parts <= 2 &&
    (!window || window.length === length);
  if (!fits) {
    context.fail("its frames do not fit", `${length} by ${step}`, `frames within ${samples}`);
  }
  return { batch, samples, parts, step, window, length, bins, frames };
}

/** Filters [bin, part][1, sample, part] of a windowed transform. */
function filtersOf(context: Lowering): number[] {
  const { length, bins, parts, window } = framesOf(context);
  const matrix = matrixOf({
    axis: 0,
    given: length,
    length,
    outputs: bins,
    parts,
    outputParts: 2,
    inverse: false,
    real: false,
  });
  return matrix.map((value, i) => value * (window?.[Math.floor(i / parts) % length] ?? 1));
}

/** Fourier transform of the frames of a signal: a convolution with waves. */
const stft: Operator = {
  names: ["STFT"],
  infer(context) {
    const { batch, frames, bins } = framesOf(context);
    return [{ dtype: context.input(0).dtype, shape: [batch, frames, bins, 2] }];
  },
  lower(context) {
    const { batch, samples, parts, step, length, bins, frames } = framesOf(context);
    const signal = context.emit("Reshape", [context.value(0)], {
      shape: [batch, 1, samples, parts],
    });
    const filters = context.newConstant([2 * bins, 1, length, parts], filtersOf(context));
    const waves = context.emit("Conv2D", [signal, filters], {
      shape: [batch, 1, frames, 2 * bins],
      params: { strideH: 1, strideW: step },
    });
    context.finish(context.emit("Reshape", [waves], { shape: context.outputShape() }));
  },
};

/** The transforms. */
export const fourier: readonly Operator[] = [dft, stft];
