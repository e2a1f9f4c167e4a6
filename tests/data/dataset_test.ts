/** Arrays as a model's inputs: names, shapes, layouts, preprocessing, and what does not fit. */
import assert from "node:assert/strict";
import { openDataset } from "../../converters/data/mod.ts";
import { floats, npy, zip } from "../helpers/numpy_files.ts";
import { withFolder } from "../helpers/pictures.ts";
import { refusal } from "../helpers/refusals.ts";

/** Shape as an .npy header has it. */
const tuple = (shape: readonly number[]) => `(${shape.map((dim) => `${dim},`).join(" ")})`;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** An array that counts 0, 1, 2, …. */
function counting(shape: number[], type: "f4" | "u1" = "f4"): Uint8Array {
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => i);
  return type === "f4"
    ? floats(values, tuple(shape))
    : npy(Uint8Array.from(values), { descr: "|u1", shape: tuple(shape) });
}

const npz = (arrays: Record<string, Uint8Array>) =>
  zip(Object.entries(arrays).map(([name, data]) => ({ name: `${name}.npy`, data })));

/** Opens `data.npz`, through `data.json` where there is a manifest. */
async function open<T>(
  arrays: Record<string, Uint8Array>,
  inputs: Record<string, number[]>,
  then: (opening: ReturnType<typeof openDataset>) => Promise<T>,
  manifest?: object,
): Promise<void> {
  const files: Record<string, string | Uint8Array> = { "data.npz": npz(arrays) };
  if (manifest) files["data.json"] = JSON.stringify({ data: "data.npz", ...manifest });
  const wanted = Object.entries(inputs).map(([name, shape]) => ({ name, shape }));
  await withFolder(files, async (folder) => {
    await then(openDataset(`${folder}/data.${manifest ? "json" : "npz"}`, wanted));
  });
}

/** Shape of the array, its type, the model's input, the second sample, whether it is a picture. */
const FITS: [number[], "f4" | "u1", number[], number[], boolean][] = [
  [[2, 3], "f4", [1, 3], [3, 4, 5], false],
  [[2, 3], "f4", [3], [3, 4, 5], false],
  [[2], "f4", [1], [1], false],
  [[2], "f4", [], [1], false],
  [[2, 1, 3], "f4", [1, 3], [3, 4, 5], false],
  [[2, 2, 3], "f4", [1, 6], [6, 7, 8, 9, 10, 11], false],
  [[2, 6], "f4", [1, 2, 3], [6, 7, 8, 9, 10, 11], false],
  [[2, 2, 2], "f4", [1, 1, 2, 2], [4, 5, 6, 7], false],
  // Channels first, as the model wants them, and the other way round.
  [[2, 3, 1, 2], "f4", [1, 3, 1, 2], [6, 7, 8, 9, 10, 11], false],
  [[2, 1, 2, 3], "f4", [1, 3, 1, 2], [6, 9, 7, 10, 8, 11], false],
  [[2, 3, 1, 2], "f4", [1, 1, 2, 3], [6, 8, 10, 7, 9, 11], false],
  [[2, 1, 2, 3], "u1", [1, 3, 1, 2], [6, 9, 7, 10, 8, 11], true],
  [[2, 1, 2, 3], "u1", [1, 1, 2, 3], [6, 7, 8, 9, 10, 11], true],
  [[2, 2, 2], "u1", [1, 1, 2, 2], [4, 5, 6, 7], true],
  [[2, 2, 2], "u1", [1, 2, 2, 1], [4, 5, 6, 7], true],
  [[2, 5], "u1", [1, 5], [5, 6, 7, 8, 9], true],
];

for (const [shape, type, input, wanted, picture] of FITS) {
  Deno.test(`${type} of ${shape.join("×")} fits an input of ${input.join("×") || "one"}`, () =>
    open({ x: counting(shape, type) }, { in: input }, async (opening) => {
      const dataset = await opening;
      assert.equal(dataset.count, 2);
      assert.deepEqual([...(await dataset.inputs(1))[0]], wanted);
      assert.equal(dataset.preprocess !== null, picture);
    }));
}

const NOT: [number[], number[], object][] = [
  [[2, 4], [1, 3], { got: "samples of 4", wanted: "1×3" }],
  [[2, 3, 2], [1, 2, 3], {}],
  [[2, 5, 1, 2], [1, 1, 2, 5], {}],
  [[2, 4, 4, 3], [1, 3, 5, 5], {}],
  [[2, 1, 2, 3], [4, 3, 1, 2], {
    ...{ hint: "the model takes 4 samples at once; export it with a batch of 1" },
  }],
  [[2], [1, 3], {}],
  [[2, 0], [1, 3], {}],
];

for (const [shape, input, fields] of NOT) {
  Deno.test(`${shape.join("×")} does not fit an input of ${input.join("×")}`, () =>
    open({ x: counting(shape) }, { in: input }, async (opening) => {
      await assert.rejects(opening, refusal("data/shape", fields));
    }));
}

const NAMES: [string[], string[], string | null][] = [
  [["x"], ["image"], null],
  [["image"], ["image"], null],
  [["whatever"], ["image"], null],
  [["whatever", "y"], ["image"], null],
  [["x", "more", "y"], ["image"], null],
  [["a", "b"], ["a", "b"], null],
  [["a", "b"], ["b", "a"], null],
  [["a", "b"], ["image"], '"a", "b"'],
  [["a"], ["a", "b"], '"a"'],
  [["x"], ["a", "b"], '"x"'],
  [["y"], ["image"], '"y"'],
];

for (const [given, wanted, got] of NAMES) {
  Deno.test(`arrays ${given} for inputs ${wanted}${got ? " are refused" : ""}`, () => {
    const arrays = given.map((name, i): [string, Uint8Array] => [
      name,
      name === "y" ? counting([2], "u1") : floats([i, i, i + 10, i + 10], "(2, 2)"),
    ]);
    const inputs = Object.fromEntries(wanted.map((name) => [name, [1, 2]]));
    return open(Object.fromEntries(arrays), inputs, async (opening) => {
      if (got) return await assert.rejects(opening, refusal("data/inputs", { got }));
      const values = await (await opening).inputs(1);
      const places = wanted.map((name) => Math.max(given.indexOf(name), 0) + 10);
      assert.deepEqual(values.map(([first]) => first), places);
    });
  });
}

Deno.test("an input named y takes the array y, and there are no labels", () =>
  open({ y: counting([2, 3]) }, { y: [1, 3] }, async (opening) => {
    const { labels, metric } = await opening;
    assert.deepEqual([labels, metric], [null, "agreement"]);
  }));

Deno.test("inputs with different numbers of samples are refused", () =>
  open({ a: counting([2, 1]), b: counting([3, 1]) }, { a: [1], b: [1] }, async (opening) => {
    await assert.rejects(opening, refusal("data/inputs", { got: "3", wanted: "2" }));
  }));

const EMPTY = { "no samples": [0, 3], "a scalar": [] };
for (const [title, shape] of Object.entries(EMPTY)) {
  Deno.test(`${title} is empty`, () =>
    open({ x: counting(shape) }, { in: [1, 3] }, async (opening) => {
      await assert.rejects(opening, refusal("data/empty"));
    }));
}

for (const value of [NaN, Infinity, -Infinity]) {
  Deno.test(`${value} in a sample is refused by the sample's number`, () =>
    open({ x: floats([0, 1, 2, 3, value, 5], "(3, 2)") }, { in: [1, 2] }, async (opening) => {
      await assert.rejects(opening, /sample 2 holds/);
      await assert.rejects(opening, refusal("data/nan", { got: String(value) }));
    }));
}

Deno.test("a float64 beyond float32 is refused", () => {
  const x = npy(Float64Array.of(1, 1e39), { descr: "<f8", shape: "(2, 1)" });
  return open({ x }, { in: [1, 1] }, async (opening) => {
    await assert.rejects(opening, refusal("data/nan"));
  });
});

Deno.test("the manifest's preprocessing is applied, its labels, metric and offset are kept", () => {
  const x = npy(Uint8Array.of(0, 51, 102, 255, 204, 153), { descr: "|u1", shape: "(2, 1, 1, 3)" });
  const y = counting([2], "u1");
  const preprocess = { scale: 1 / 255, mean: [0, 0.5, 1], std: [1, 0.5, 2], color: "bgr" };
  const manifest = { preprocess, classOffset: 1, metric: "top5", labels: ["a", "b", "c"] };
  return open({ x, y }, { in: [1, 3, 1, 1] }, async (opening) => {
    const dataset = await opening;
    assert.deepEqual([...dataset.labels!], [1, 2]);
    assert.deepEqual([dataset.metric, dataset.classNames], ["top5", ["a", "b", "c"]]);
    assert.equal(dataset.preprocess?.layout, "NCHW");
    // Blue 153 is 0.6, green 204 is 0.8, red 255 is 1.
    const [values] = await dataset.inputs(1);
    [0.6, 0.6, 0].forEach((wanted, i) => assert(Math.abs(values[i] - wanted) < 1e-6));
  }, manifest);
});

const PREPROCESS: [object, number[]][] = [
  [{ resize: 3 }, [1, 3, 2, 2]],
  [{ color: "gray" }, [1, 3, 2, 2]],
  [{ mean: [1, 2, 3] }, [1, 1, 2, 2]],
];

for (const [preprocess, input] of PREPROCESS) {
  Deno.test(`${JSON.stringify(preprocess)} does not fit an input of ${input.join("×")}`, () =>
    open({ x: counting([2, 2, 2, 3], "u1") }, { in: input }, async (opening) => {
      const hint = 'check "color", "resize" and the lengths of "mean" and "std" in the manifest';
      await assert.rejects(opening, refusal("data/shape", { hint }));
    }, { preprocess }));
}

Deno.test("labels are held to the model's classes", () =>
  withFolder({ "x.npz": npz({ x: counting([2, 1]), y: counting([2], "u1") }) }, async (folder) => {
    const inputs = [{ name: "in", shape: [1, 1] }];
    const open = (classes: number) => openDataset(`${folder}/x.npz`, inputs, { classes });
    assert.equal((await open(2)).count, 2);
    await assert.rejects(open(1), refusal("data/labels"));
  }));
