/** How far outputs are apart. */
import assert from "node:assert/strict";
import { OutputErrors } from "../../converters/check/output_errors.ts";
import type { KedgeError } from "../../runtime/format/error.ts";

type Sample = [original: number[][], bundle: number[][]];

function measure(samples: readonly Sample[]) {
  const errors = new OutputErrors();
  for (const sample of samples) {
    const [original, bundle] = sample.map((outputs) => outputs.map((o) => Float32Array.from(o)));
    errors.add(original, bundle);
  }
  return errors.result();
}

const CASES: [string, Sample[], ReturnType<typeof measure>][] = [
  ["equal outputs", [[[[1, 2]], [[1, 2]]]], { sqnrDb: null, maxAbsError: 0, maxRelativeError: 0 }],
  ["no samples", [], { sqnrDb: null, maxAbsError: 0, maxRelativeError: 0 }],
  [
    "25 of signal, ¼ of noise: 20 dB",
    [[[[3, 4]], [[3, 3.5]]]],
    { sqnrDb: 20, maxAbsError: 0.5, maxRelativeError: 0.5 },
  ],
  [
    "over two samples: 100 of signal, 1 of noise; a range of 16",
    [[[[6, -8]], [[6, -8]]], [[[0, 8]], [[0, 9]]]],
    { sqnrDb: 10 * Math.log10(164), maxAbsError: 1, maxRelativeError: 1 / 16 },
  ],
  [
    "two outputs with ranges of their own",
    [[[[0, 10], [0, 1]], [[0, 11], [0.5, 1]]]],
    { sqnrDb: 10 * Math.log10(101 / 1.25), maxAbsError: 1, maxRelativeError: 0.5 },
  ],
  [
    "an output that never changes counts as one with a range of 1",
    [[[[5]], [[5.25]]]],
    { sqnrDb: 10 * Math.log10(400), maxAbsError: 0.25, maxRelativeError: 0.25 },
  ],
  [
    "no signal has no ratio",
    [[[[0, 0]], [[1, 0]]]],
    { sqnrDb: null, maxAbsError: 1, maxRelativeError: 1 },
  ],
  [
    "what the original cannot say is left out",
    [[[[NaN, Infinity, 1, 3]], [[7, 8, 1, 2]]]],
    { sqnrDb: 10, maxAbsError: 1, maxRelativeError: 0.5 },
  ],
  [
    "nothing but NaN",
    [[[[NaN]], [[NaN]]]],
    { sqnrDb: null, maxAbsError: 0, maxRelativeError: 0 },
  ],
];

for (const [title, samples, wanted] of CASES) {
  Deno.test(`errors of outputs: ${title}`, () => {
    const got = measure(samples);
    for (const [key, value] of Object.entries(wanted)) {
      const found = got[key as keyof typeof got];
      if (value === null) assert.equal(found, null, key);
      else assert(Math.abs(found! - value) < 1e-9, `${key}: ${found}`);
    }
  });
}

const WRONG: [string, Sample, string, string][] = [
  ["NaN for a number", [[[1, 2]], [[1, NaN]]], "accuracy/not-finite", "NaN"],
  ["infinite for a number", [[[1, 2]], [[-Infinity, 2]]], "accuracy/not-finite", "-Infinity"],
  ["too few values", [[[1, 2]], [[1]]], "bug/outputs", "1 values"],
  ["an output missing", [[[1], [2]], [[1]]], "bug/outputs", "0 values"],
];

for (const [title, sample, code, got] of WRONG) {
  Deno.test(`a bundle's ${title} is ${code}`, () => {
    assert.throws(() => measure([[[[1, 1]], [[1, 1]]], sample]), (error: KedgeError) => {
      assert.deepEqual([error.data.code, error.data.got], [code, got]);
      return true;
    });
  });
}
