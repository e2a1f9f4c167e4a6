/**
 * ConvTranspose, 1-D and 2-D: zeros between the pixels, then a convolution with the kernel turned
 * around; where the kernel is as large as its stride, one 1 × 1 convolution that makes whole blocks.
 * @module
 */
import type { Lowering } from "./lowering.ts";
import { type NodeContext, text } from "./node_context.ts";
import type { Operator } from "./operator.ts";
import { emitSlice } from "./slice.ts";
import { finishNhwc, toNhwc } from "./window.ts";

/** Sizes of one node, per spatial axis. */
interface Geometry {
  kernel: number[];
  strides: number[];
  dilations: number[];
  /** What is cut off before each axis. */
  before: number[];
  output: number[];
}

function geometryOf(context: NodeContext): Geometry {
  const spatial = context.shape(0).slice(2);
  const rank = spatial.length;
  const kernel = context.shape(1).slice(2);
  const strides = context.sizes("strides", rank, 1, 1);
  const dilations = context.sizes("dilations", rank, 1, 1);
  const extra = context.sizes("output_padding", rank, 0, 0);
  const full = spatial.map((size, i) =>
    strides[i] * (size - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1
  );
  const mode = context.string("auto_pad", "NOTSET");
  const wanted = context.numbers("output_shape")?.slice(-rank) ??
    (mode.startsWith("SAME") ? spatial.map((size, i) => size * strides[i]) : null);
  if (!wanted) {
    const pads = mode === "VALID"
      ? new Array<number>(2 * rank).fill(0)
      : context.sizes("pads", 2 * rank, 0, 0);
    const output = full.map((size, i) => size - pads[i] - pads[i + rank]);
    return { kernel, strides, dilations, before: pads.slice(0, rank), output };
  }
  const before = full.map((size, i) => {
    const total = Math.max(size - wanted[i], 0);
    return mode === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
  });
  return { kernel, strides, dilations, before, output: wanted };
}

/** x[N,C,…] with w[C,O/groups,…] and bias[O]? gives out[N,O,…]. */
export const convTranspose: Operator = {
  names: ["ConvTranspose"],
  infer(context) {
    const x = context.shape(0);
    if (x.length === 5) context.refuse("3-D convolution");
    context.shapeOfRank(0, 3, 4);
    const w = context.shapeOfRank(1, x.length);
    const groups = context.number("group", 1);
    if (!(groups >= 1) || w[0] !== x[1] || w[0] % groups !== 0) {
      context.fail(
        "its weight does not fit its input",
        `weight ${text(w)}, input ${text(x)}, ${groups} groups`,
        "weight [C, O / groups, …] with C a multiple of groups",
      );
    }
    const channels = w[1] * groups;
    if (context.has(2) && text(context.shape(2)) !== text([channels])) {
      context.fail("its bias does not fit", text(context.shape(2)), text([channels]));
    }
    const { output } = geometryOf(context);
    for (const i of [1, 2]) context.constant(i, "weight");
    return [{ dtype: context.input(0).dtype, shape: [x[0], channels, ...output] }];
  },
  lower(context) {
    const geometry = flatten2d(geometryOf(context));
    const x = toNhwc(context, context.value(0));
    finishNhwc(
      context,
      isBlockwise(context, geometry, x)
        ? emitBlocks(context, geometry, x)
        : emitSpread(context, geometry, x),
    );
  },
};

/** A 1-D geometry as one of height 1. */
function flatten2d(geometry: Geometry): Geometry {
  const { kernel, strides, dilations, before, output } = geometry;
  return kernel.length === 2 ? geometry : {
    kernel: [1, ...kernel],
    strides: [1, ...strides],
    dilations: [1, ...dilations],
    before: [0, ...before],
    output: [1, ...output],
  };
}

/** Whether the outputs of the pixels are blocks that neither overlap nor leave room. */
function isBlockwise(context: Lowering, geometry: Geometry, x: string): boolean {
  const [, ...spatial] = context.shapeOf(x);
  const { kernel, strides, dilations, before, output } = geometry;
  return context.number("group", 1) === 1 &&
    [0, 1].every((i) =>
      kernel[i] === strides[i] && dilations[i] === 1 && before[i] === 0 &&
      output[i] === spatial[i] * strides[i]
    );
}

function emitBlocks(context: Lowering, { kernel: [h, w] }: Geometry, x: string): string {
  const [batch, height, width, channels] = context.shapeOf(x);
  const outputs = context.shape(1)[1];
  const count = h * w * outputs;
  const weights = context.constantFrom(
    1,
    "blocks",
    [count, 1, 1, channels],
    (data) =>
      weightsFrom(data, channels, outputs, [h, w], (o, c, y, xx, value, out) => {
        out[((y * w + xx) * outputs + o) * channels + c] = value;
      }),
  );
  const bias = context.has(2)
    ? [
      context.constantFrom(2, `×${h * w}`, [count], (data) =>
        Float32Array.from({ length: count }, (_, i) =>
          data[i % outputs])),
    ]
    : [];
  const blocks = context.emit("Conv2D", [x, weights, ...bias], {
    shape: [batch, height, width, count],
    params: { strideH: 1, strideW: 1 },
  });
  const split = [batch, height, width, h, w, outputs];
  const list = [0, 1, 3, 2, 4, 5];
  const parts = context.emit("Reshape", [blocks], { shape: split });
  const moved = context.emit("Transpose", [parts], { shape: list.map((i) => split[i]), list });
  return context.emit("Reshape", [moved], {
    shape: [batch, height * h, width * w, outputs],
  });
}

function emitSpread(context: Lowering, geometry: Geometry, x: string): string {
  const { kernel, strides, dilations, before, output } = geometry;
  let spread = emitZeros(context, emitZeros(context, x, 1, strides[0]), 2, strides[1]);
  const reach = kernel.map((size, i) => (size - 1) * dilations[i] + 1);
  const [batch, height, width, channels] = context.shapeOf(spread);
  const first = reach.map((size, i) => size - 1 - before[i]);
  const last = [height, width].map((size, i) => output[i] + reach[i] - 1 - size - first[i]);
  // Negative padding cuts.
  const cut = [first, last].map((pads) => pads.map((pad) => Math.max(-pad, 0)));
  spread = emitSlice(context, spread, {
    begin: [0, ...cut[0], 0],
    step: [1, 1, 1, 1],
    shape: [
      batch,
      ...[height, width].map((size, i) => size - cut[0][i] - cut[1][i]),
      channels,
    ],
  });
  const groups = context.number("group", 1);
  const outputs = context.shape(1)[1] * groups;
  const depthwise = groups > 1 && groups === channels && outputs === channels;
  const shape = [batch, ...output, outputs];
  const params = {
    strideH: 1,
    strideW: 1,
    padTop: Math.max(first[0], 0),
    padLeft: Math.max(first[1], 0),
    padBottom: Math.max(last[0], 0),
    padRight: Math.max(last[1], 0),
    dilationH: dilations[0],
    dilationW: dilations[1],
  };
  const inputs = [
    spread,
    depthwise ? depthwiseWeights(context, kernel) : turnedWeights(context, kernel, groups),
    ...(context.has(2) ? [context.value(2)] : []),
  ];
  return depthwise
    ? context.emit("DepthwiseConv2D", inputs, { shape, params })
    : context.emit("Conv2D", inputs, { shape, params: { ...params, groups } });
}

/** Emits stride − 1 zeros behind every entry of an NHWC picture's axis. */
function emitZeros(context: Lowering, x: string, axis: 1 | 2, stride: number): string {
  if (stride === 1) return x;
  const from = context.shapeOf(x);
  const outer = from.slice(0, axis + 1).reduce((a, b) => a * b, 1);
  const inner = from.slice(axis + 1).reduce((a, b) => a * b, 1);
  const rows = context.emit("Reshape", [x], { shape: [outer, 1, inner] });
  const padded = context.emit("Pad", [rows], {
    shape: [outer, stride, inner],
    list: [0, 0, 0],
  });
  return context.emit("Reshape", [padded], {
    shape: from.map((dim, i) => i === axis ? dim * stride : dim),
  });
}

type Place = (o: number, c: number, y: number, x: number, value: number, out: Float32Array) => void;

/** Visits w[C, O, H, W], so that `place` puts each value where it belongs. */
function weightsFrom(
  data: Float32Array,
  channels: number,
  outputs: number,
  [h, w]: readonly number[],
  place: Place,
): Float32Array {
  const out = new Float32Array(data.length);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let o = 0; o < outputs; o++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) place(o, c, y, x, data[at++], out);
      }
    }
  }
  return out;
}

/** As the OHWI weights of a convolution, turned by 180°. */
function turnedWeights(context: Lowering, [h, w]: readonly number[], groups: number): string {
  const [channels, outputs] = context.shape(1);
  const depth = channels / groups;
  return context.constantFrom(
    1,
    "turned",
    [outputs * groups, h, w, depth],
    (data) =>
      weightsFrom(data, channels, outputs, [h, w], (o, c, y, x, value, out) => {
        const group = Math.floor(c / depth);
        const row = ((group * outputs + o) * h + h - 1 - y) * w + w - 1 - x;
        out[row * depth + c % depth] = value;
      }),
  );
}

/** C1HW as HWC, turned by 180°. */
function depthwiseWeights(context: Lowering, [h, w]: readonly number[]): string {
  const [channels] = context.shape(1);
  return context.constantFrom(
    1,
    "turned HWC",
    [h, w, channels],
    (data) =>
      weightsFrom(data, channels, 1, [h, w], (_, c, y, x, value, out) => {
        out[((h - 1 - y) * w + w - 1 - x) * channels + c] = value;
      }),
  );
}
