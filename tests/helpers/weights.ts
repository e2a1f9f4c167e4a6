/** Made weights of every kind that quantizers and pruners give, as int8 values. */
import { Random } from "./random.ts";

/** int8 weights with their shape. */
export interface Weights {
  shape: number[];
  values: Int8Array;
}

const CONVOLUTION = [32, 3, 3, 16];

/** Roughly normal numbers that lean on their left neighbour in the window, as trained kernels do. */
export function trained(shape: readonly number[], deviation: number, seed = 1): Float32Array {
  const random = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const depth = shape[shape.length - 1];
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += random.next();
    values[i] = sum * deviation * 0.85 + 0.5 * (values[i - depth] ?? 0);
  }
  return values;
}

const clamp = (low: number, high: number) => (value: number) =>
  Math.min(high, Math.max(low, Math.round(value)));

function rounded(deviation: number, low: number, high: number, shape = CONVOLUTION): Weights {
  return { shape, values: Int8Array.from(trained(shape, deviation), clamp(low, high)) };
}

/** Values of a table nearest to made ones, each channel with its own table where there are more. */
function fromTables(tables: readonly number[][]): Weights {
  const values = Int8Array.from(trained(CONVOLUTION, 30), (value, i) => {
    const table = tables[Math.floor(i / 144) % tables.length];
    return table.reduce((best, entry) =>
      Math.abs(entry - value) < Math.abs(best - value) ? entry : best
    );
  });
  return { shape: CONVOLUTION, values };
}

function grouped(size: number, shape = CONVOLUTION): Weights {
  const { values } = rounded(2.5, -8, 7, shape);
  const row = values.length / shape[0];
  const multiplier = (i: number) => {
    const inRow = i % row;
    return 1 + (Math.floor(i / row) * 7 + Math.floor(inRow / size) * 3) % 15;
  };
  return { shape, values: values.map((value, i) => value * multiplier(i)) };
}

/** Groups of 32 of which every fourth column and some more are taken out. */
function unevenGroups(): Weights {
  const { values, shape: [rows, columns] } = grouped(32, [24, 128]);
  const left = (i: number) => i % 4 !== 1 && (i < 40 || i > 50);
  const count = [...Array(columns).keys()].filter(left).length;
  return { shape: [rows, count], values: values.filter((_, i) => left(i % columns)) };
}

/** Windows that lean on the line above and against the third above, as those over spectrograms do. */
function highWindows(shape: readonly number[]): Weights {
  const [rows, height, width, depth] = shape;
  const line = width * depth;
  const values = trained([rows * height * line, 1], 1.5, 2);
  for (let i = 0; i < values.length; i++) {
    const y = Math.floor(i / line) % height;
    values[i] += (y > 0 ? 0.6 * values[i - line] : 0) - (y > 2 ? 0.6 * values[i - 3 * line] : 0);
  }
  return { shape: [...shape], values: Int8Array.from(values, clamp(-8, 7)) };
}

/** The two largest of every four. */
function twoOfFour(): Weights {
  const { values, shape } = rounded(30, -127, 127);
  for (let block = 0; block < values.length; block += 4) {
    const places = [0, 1, 2, 3].sort((a, b) =>
      Math.abs(values[block + b]) - Math.abs(values[block + a])
    );
    for (const place of places.slice(2)) values[block + place] = 0;
  }
  return { values, shape };
}

const sparse = ({ values, shape }: Weights, least: number): Weights => ({
  ...{ shape, values: values.map((value) => Math.abs(value) < least ? 0 : value) },
});

/** By name. */
export const WEIGHTS: Record<string, Weights> = {
  "int8": rounded(30, -127, 127),
  "int8, dense layer": rounded(30, -127, 127, [40, 128]),
  "int8, depthwise": rounded(30, -127, 127, [3, 3, 64]),
  // Channels, which run fastest, lean on the ones before.
  "int8, depthwise, in order": {
    shape: [3, 3, 64],
    values: Int8Array.from(trained([576, 1], 30), clamp(-127, 127)),
  },
  "int8, all values": {
    shape: [16, 256],
    values: Int8Array.from(trained([16, 256], 1e4), (value) => Math.floor(value)),
  },
  "int4": rounded(2.5, -8, 7),
  "int4, high windows": highWindows([16, 10, 4, 1]),
  "int4, few": rounded(2.5, -8, 7, [4, 1, 1, 5]),
  "int2": rounded(0.8, -2, 1),
  "ternary": rounded(1.2, -1, 1),
  "binary": {
    shape: CONVOLUTION,
    values: Int8Array.from(trained(CONVOLUTION, 1), (value) => value < 0 ? -1 : 1),
  },
  "pow2": fromTables([[-64, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 64]]),
  "codebook": fromTables([[-101, -60, -37, -20, -9, 0, 8, 19, 33, 52, 88]]),
  "codebook by channel": fromTables(
    Array.from({ length: 32 }, (_, c) => [-90 - c, -41 - c, -13, 3, 30 + c, 67 + 2 * c, 99]),
  ),
  "groups of 16": grouped(16),
  "groups of 32": grouped(32, [24, 100]),
  "groups of 128": grouped(128, [24, 512]),
  "uneven groups": unevenGroups(),
  "sparse int8": sparse(rounded(30, -127, 127), 45),
  "sparse int4": sparse(rounded(2.5, -8, 7), 4),
  "sparse ternary": rounded(0.4, -1, 1),
  "2:4": twoOfFour(),
  "dead channels": {
    shape: CONVOLUTION,
    values: rounded(30, -127, 127).values.map((value, i) =>
      i % 16 % 3 && Math.floor(i / 144) % 5 ? value : 0
    ),
  },
  "zeros": { shape: [16, 64], values: new Int8Array(1024) },
  "one value": { shape: [1], values: Int8Array.of(-128) },
  "a scalar": { shape: [], values: Int8Array.of(5) },
  "five dimensions": rounded(30, -127, 127, [2, 3, 3, 3, 8]),
};
