/** Which files are data, and which are not. */
import assert from "node:assert/strict";
import { openDataset } from "../../converters/data/mod.ts";
import { floats, npy, zip } from "../helpers/numpy_files.ts";
import { withFolder } from "../helpers/pictures.ts";
import { refusal } from "../helpers/refusals.ts";

const INPUTS = [{ name: "in", shape: [1, 2] }];
const X = floats([1, 2, 3, 4], "(2, 2)");
const Y = npy(Uint8Array.of(3, 4), { descr: "|u1", shape: "(2,)" });
const NPZ = zip([{ name: "x.npy", data: X }, { name: "y.npy", data: Y }]);

const GOOD: [string, Record<string, string | Uint8Array>, string][] = [
  ["an .npy", { "x.npy": X }, "x.npy"],
  ["an .npz", { "x.npz": NPZ }, "x.npz"],
  ["an .npy under another name", { "x.bin": X }, "x.bin"],
  ["an .npz under another name", { "x.npy": NPZ }, "x.npy"],
  ["a manifest", { "d.json": '{"data": "x.npz"}', "x.npz": NPZ }, "d.json"],
  ["a manifest of a file in a folder", { "d.JSON": '{"data": "a/x"}', "a/x": NPZ }, "d.JSON"],
  ["a manifest of a file outside", { "a/d.json": '{"data": "../x"}', "x": NPZ }, "a/d.json"],
];

for (const [title, files, name] of GOOD) {
  Deno.test(`${title} is opened`, () =>
    withFolder(files, async (folder) => {
      const dataset = await openDataset(`${folder}/${name}`, INPUTS);
      assert.deepEqual([dataset.count, dataset.source], [2, `${folder}/${name}`]);
      assert.deepEqual((await dataset.inputs(1)).map((x) => [...x]), [[3, 4]]);
    }));
}

Deno.test("a manifest may name an absolute path", () =>
  withFolder({ "a/x.npz": NPZ }, async (folder) => {
    const manifest = JSON.stringify({ data: `${folder}/a/x.npz` });
    await Deno.writeTextFile(`${folder}/d.json`, manifest);
    assert.equal((await openDataset(`${folder}/d.json`, INPUTS)).count, 2);
  }));

const WRONG: [string, Record<string, string | Uint8Array>, string, string][] = [
  ["a file that is not there", {}, "x.npz", "data/missing"],
  ["a manifest that is not there", {}, "d.json", "data/missing"],
  ["a manifest of nothing", { "d.json": '{"data": "x.npz"}' }, "d.json", "data/missing"],
  ["a manifest of text", { "d.json": '{"data": "x"}', "x": "text" }, "d.json", "data/format"],
  [
    "a manifest of a manifest",
    {
      ...{ "d.json": '{"data": "e.json"}', "e.json": '{"data": "x.npz"}' },
    },
    "d.json",
    "data/format",
  ],
  ["text", { "x.csv": "1,2\n3,4" }, "x.csv", "data/format"],
  ["an empty file", { "x.bin": "" }, "x.bin", "data/format"],
  ["text that is called .npz", { "x.npz": "1,2\n3,4" }, "x.npz", "data/not-npz"],
  ["half an .npy", { "x.npy": X.slice(0, 90) }, "x.npy", "data/truncated"],
  ["half an .npz", { "x.npz": NPZ.slice(0, 90) }, "x.npz", "data/truncated"],
  ["a manifest that is none", { "d.json": "[]" }, "d.json", "data/manifest"],
];

for (const [title, files, name, code] of WRONG) {
  Deno.test(`${title} is ${code}`, () =>
    withFolder(files, async (folder) => {
      await assert.rejects(openDataset(`${folder}/${name}`, INPUTS), refusal(code));
    }));
}

const METRICS: [string | undefined, boolean, string][] = [
  [undefined, true, "top1"],
  [undefined, false, "agreement"],
  ["mse", true, "mse"],
  ["mse", false, "agreement"],
  ["agreement", true, "agreement"],
];

for (const [given, labelled, wanted] of METRICS) {
  Deno.test(`metric ${given} ${labelled ? "with" : "without"} labels is ${wanted}`, () => {
    const manifest = { data: labelled ? "x.npz" : "x.npy", metric: given };
    const files = { "d.json": JSON.stringify(manifest), "x.npz": NPZ, "x.npy": X };
    return withFolder(files, async (folder) => {
      assert.equal((await openDataset(`${folder}/d.json`, INPUTS)).metric, wanted);
    });
  });
}

Deno.test(
  "a file that may not be read says so",
  { ignore: Deno.uid() === 0 },
  () =>
    withFolder({ "x.npz": NPZ }, async (folder) => {
      await Deno.chmod(`${folder}/x.npz`, 0);
      await assert.rejects(openDataset(`${folder}/x.npz`, INPUTS), refusal("file/read"));
    }),
);

Deno.test("a folder in the place of a file says so", () =>
  withFolder({ "labels.csv/x": "", "a.png": "" }, async (folder) => {
    const pictures = [{ name: "in", shape: [1, 3, 2, 2] }];
    await assert.rejects(openDataset(folder, pictures), refusal("file/read"));
  }));
