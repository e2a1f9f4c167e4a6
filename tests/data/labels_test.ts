/** Labels and targets out of arrays. */
import assert from "node:assert/strict";
import { checkLabels, type LabelOptions, readLabels } from "../../converters/data/labels.ts";
import type { NpyValues } from "../../converters/data/npy.ts";
import { refusal } from "../helpers/refusals.ts";

const OPTIONS: LabelOptions = { count: 3, classOffset: 0, metric: "top1", file: "y.npz" };

const read = (values: NpyValues, options: Partial<LabelOptions> = {}, shape = [values.length]) =>
  readLabels({ shape, values }, { ...OPTIONS, ...options });

const GOOD: [string, NpyValues, Partial<LabelOptions>, number[]][] = [
  ["bytes", Uint8Array.of(0, 9, 255), {}, [0, 9, 255]],
  ["whole floats", Float32Array.of(0, 2, 1), {}, [0, 2, 1]],
  ["64-bit numbers", Float64Array.of(0, 2, 1), {}, [0, 2, 1]],
  ["an offset", Uint8Array.of(1, 2, 3), { classOffset: -1 }, [0, 1, 2]],
  ["an offset up", Int8Array.of(-1, 0, 1), { classOffset: 1 }, [0, 1, 2]],
  ["the last class", Uint8Array.of(0, 1, 9), { classes: 10 }, [0, 1, 9]],
  ["a class that only its offset makes right", Uint8Array.of(1, 2, 10), {
    ...{ classes: 10, classOffset: -1 },
  }, [0, 1, 9]],
  ["targets", Float32Array.of(-0.5, 1e9, 3), { metric: "mse" }, [-0.5, 1e9, 3]],
  ["targets without an offset", Float32Array.of(1, 2, 3), { metric: "mse", classOffset: 5 }, [
    ...[1, 2, 3],
  ]],
];

for (const [title, values, options, wanted] of GOOD) {
  Deno.test(`labels: ${title}`, () => {
    const labels = read(values, options);
    assert.deepEqual([...labels], wanted);
    assert.equal(labels instanceof Float32Array, options.metric === "mse");
    assert.deepEqual([...read(values, options, [3, 1])], wanted);
  });
}

const NOT_WHOLE = "a whole number";
const TOO_MANY = "give class numbers, y.argmax(1), not one-hot rows";

const WRONG: [string, NpyValues, number[], Partial<LabelOptions>, object][] = [
  ["too few", Uint8Array.of(1, 2), [2], {}, { got: "shape (2)", wanted: "(3)" }],
  ["too many", Uint8Array.of(1, 2, 3, 4), [4], {}, { got: "shape (4)", hint: undefined }],
  ["one for all", Uint8Array.of(1), [], {}, { got: "shape ()" }],
  ["none", new Uint8Array(0), [0], {}, { got: "shape (0)" }],
  ["one-hot rows", new Uint8Array(6), [3, 2], {}, { got: "shape (3, 2)", hint: TOO_MANY }],
  ["one-hot columns", new Uint8Array(6), [2, 3], {}, { got: "shape (2, 3)", hint: undefined }],
  ["a row", Uint8Array.of(1, 2, 3), [1, 3], {}, { got: "shape (1, 3)" }],
  ["NaN", Float32Array.of(0, NaN, 1), [3], {}, { got: "NaN", wanted: NOT_WHOLE }],
  ["infinite", Float32Array.of(0, 1, Infinity), [3], {}, { got: "Infinity", wanted: NOT_WHOLE }],
  ["halves", Float32Array.of(0.5, 0, 1), [3], {}, { got: "0.5", wanted: NOT_WHOLE }],
  ["beyond int32", Float64Array.of(0, 2 ** 32, 1), [3], {}, { got: "4294967296" }],
  ["below 0", Int8Array.of(0, -1, 1), [3], {}, { got: "-1", wanted: "0 or more" }],
  ["too high", Uint8Array.of(0, 10, 1), [3], { classes: 10 }, { got: "10", wanted: "0…9" }],
  ["below 0 by an offset", Uint8Array.of(1, 0, 1), [3], { classOffset: -1 }, { got: "-1" }],
  ["too high by an offset", Uint8Array.of(0, 9, 1), [3], { classOffset: 1, classes: 10 }, {
    ...{ got: "10", hint: 'check "classOffset" in the manifest' },
  }],
  ["NaN targets", Float32Array.of(0, NaN, 1), [3], { metric: "mse" }, { got: "NaN" }],
  ["targets beyond float32", Float64Array.of(1, 2, 1e40), [3], { metric: "mse" }, {
    ...{ got: "Infinity", wanted: "a finite number" },
  }],
  ["too few targets", Float32Array.of(1), [1], { metric: "mse" }, { got: "shape (1)" }],
];

for (const [title, values, shape, options, fields] of WRONG) {
  Deno.test(`labels: ${title} are refused`, () => {
    assert.throws(
      () => read(values, options, shape),
      refusal("data/labels", { where: { file: "y.npz" }, ...fields }),
    );
  });
}

Deno.test("the message names the first wrong sample", () => {
  assert.throws(() => read(Uint8Array.of(0, 7, 8), { classes: 5 }), /label of sample 1/);
  assert.throws(() => read(Float32Array.of(0, 1, 0.5)), /label of sample 2/);
});

Deno.test("labels are held to classes", () => {
  checkLabels([], 1);
  checkLabels([0, 1], 2);
  assert.throws(() => checkLabels([0, 2], 2), refusal("data/labels", { where: undefined }));
  assert.throws(() => checkLabels([NaN], 2), refusal("data/labels"));
});
