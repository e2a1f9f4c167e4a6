/** Folders of pictures with a labels.csv. */
import assert from "node:assert/strict";
import { openDataset } from "../../converters/data/mod.ts";
import { plainJpeg, png, withFolder } from "../helpers/pictures.ts";
import { refusal } from "../helpers/refusals.ts";

const COLOUR = [{ name: "x", shape: [1, 3, 1, 2] }];
const GREY = [{ name: "x", shape: [1, 1, 2, 1] }];

/** Two pixels of one grey. */
const plain = (value: number) => png(2, 1, [value, value, value, 255, value, value, value, 255]);
const PICTURES = { "a.png": plain(10), "b.png": plain(20), "c.PNG": plain(30) };

/** A folder of the three pictures with a labels.csv, and other files. */
const folder = (labels?: string, more: Record<string, string | Uint8Array> = {}) => ({
  ...PICTURES,
  "notes.txt": "no picture",
  ...labels === undefined ? {} : { "labels.csv": labels },
  ...more,
});

const GOOD: [string, string | undefined, number[] | null, number[], string[]][] = [
  ["no labels.csv", undefined, null, [10, 20, 30], []],
  ["labels", "file,class\na.png,0\nb.png,2\n", [0, 2], [10, 20], []],
  ["another order, and columns", "x,class,file\n,1,c.PNG\n,0,a.png", [1, 0], [30, 10], []],
  ["quotes and CRLF", '"file","class"\r\n"b.png","1"\r\n', [1], [20], []],
  ["names of classes", "file,class,name\na.png,2,cat\nb.png,0,dog", [2, 0], [10, 20], [
    ...["dog", "", "cat"],
  ]],
  ["a comma in a name", 'file,class,name\na.png,0,"cat, grey"', [0], [10], ["cat, grey"]],
  ["no column of classes", "file\nb.png\n", null, [20], []],
  ["the same picture twice", "file,class\na.png,0\na.png,1", [0, 1], [10, 10], []],
];

for (const [title, table, labels, greys, names] of GOOD) {
  Deno.test(`a folder with ${title}`, () =>
    withFolder(folder(table), async (path) => {
      const dataset = await openDataset(path, COLOUR);
      assert.equal(dataset.count, greys.length);
      assert.deepEqual(dataset.labels && [...dataset.labels], labels);
      assert.equal(dataset.metric, labels ? "top1" : "agreement");
      assert.deepEqual(dataset.classNames, names);
      assert.deepEqual(dataset.preprocess, {
        ...{ color: "rgb", resize: null, scale: 1, mean: [0], std: [1], layout: "NCHW" },
      });
      for (const [i, grey] of greys.entries()) {
        const [values] = await dataset.inputs(i);
        assert.deepEqual([...values], Array(6).fill(grey));
      }
    }));
}

Deno.test("a folder in a folder, beside its manifest, with names for classes", () => {
  const manifest = { data: "set", labels: ["cat", "dog"], preprocess: { scale: 0.1, mean: 1 } };
  const files = {
    "data.json": JSON.stringify(manifest),
    "set/labels.csv": "file,class\nsub/a.png,dog\nb.png,cat\n",
    "set/sub/a.png": plain(10),
    "set/b.png": plain(20),
  };
  return withFolder(files, async (path) => {
    const dataset = await openDataset(`${path}/data.json`, COLOUR);
    assert.deepEqual([...dataset.labels!], [1, 0]);
    assert.deepEqual(dataset.classNames, ["cat", "dog"]);
    const [values] = await dataset.inputs(1);
    values.forEach((value) => assert(Math.abs(value - 1) < 1e-6));
  });
});

const OFFSETS: [number, number[], string[]][] = [
  [1, [1, 2], ["", "no", "yes"]],
  [-1, [0, 1], ["no", "yes"]],
];

for (const [classOffset, labels, names] of OFFSETS) {
  Deno.test(`class names move by the offset ${classOffset}`, () => {
    const from = classOffset < 0 ? 1 : 0;
    const table = `file,class,name\nset/a.png,${from},no\nset/b.png,${from + 1},yes\n`;
    const files = {
      "data.json": JSON.stringify({ data: ".", classOffset }),
      "labels.csv": table,
      "set/a.png": plain(1),
      "set/b.png": plain(2),
    };
    return withFolder(files, async (path) => {
      const dataset = await openDataset(`${path}/data.json`, COLOUR);
      assert.deepEqual([...dataset.labels!], labels);
      assert.deepEqual(dataset.classNames, names);
    });
  });
}

Deno.test("pictures are resized where the manifest says so, and JPEGs are pictures", () => {
  const manifest = { data: "set", preprocess: { color: "gray", resize: [2, 1] } };
  const files = {
    "data.json": JSON.stringify(manifest),
    "set/a.jpeg": plainJpeg(9, 5, [50, 50, 50]),
    "set/b.png": plain(20),
  };
  return withFolder(files, async (path) => {
    const dataset = await openDataset(`${path}/data.json`, GREY);
    for (const [i, grey] of [50, 20].entries()) {
      const [values] = await dataset.inputs(i);
      assert.equal(values.length, 2);
      values.forEach((value) => assert(Math.abs(value - grey) <= 2, String(value)));
    }
  });
});

const LABELS: [string, string, string, object][] = [
  ["an unknown class", "file,class\na.png,cat", "data/labels", { got: '"cat"' }],
  ["a negative class", "file,class\na.png,-1", "data/labels", { got: '"-1"' }],
  ["half a class", "file,class\na.png,0.5", "data/labels", { got: '"0.5"' }],
  ["a class beyond all", "file,class,name\na.png,999999999,x", "data/labels", {
    ...{ got: '"999999999"', wanted: "a number below 1000000" },
  }],
  ["no class", "file,class\na.png", "data/labels", { got: '""' }],
  ["a missing picture", "file,class\na.png,0\nd.png,0", "data/missing", {}],
  ["no file", "file,class\n,0", "data/labels", {}],
  ["no header", "a.png,0\nb.png,1", "data/labels", { got: "a.png,0", wanted: "file,class" }],
  ["a header nearly right", "files,class\na.png,0", "data/labels", {
    ...{ hint: 'rename "files" to "file"' },
  }],
  ["nothing but a header", "file,class\n", "data/empty", {}],
  ["nothing", "", "data/labels", {}],
];

for (const [title, table, code, fields] of LABELS) {
  Deno.test(`a labels.csv with ${title} is ${code}`, () =>
    withFolder(folder(table), async (path) => {
      await assert.rejects(openDataset(path, COLOUR), refusal(code, fields));
    }));
}

Deno.test("an unknown class near a known one gets a suggestion", () => {
  const files = {
    "data.json": JSON.stringify({ data: "set", labels: ["tabby", "poodle"] }),
    "set/labels.csv": "file,class\na.png,taby\n",
    "set/a.png": plain(10),
  };
  return withFolder(files, async (path) => {
    const fields = { hint: 'did you mean "tabby"?' };
    await assert.rejects(
      openDataset(`${path}/data.json`, COLOUR),
      refusal("data/labels", fields),
    );
  });
});

Deno.test("a folder without pictures is empty", () =>
  withFolder({ "notes.txt": "nothing" }, async (path) => {
    await assert.rejects(openDataset(path, COLOUR), refusal("data/empty"));
  }));

Deno.test("a damaged picture is named when it is its turn", () =>
  withFolder(folder(undefined, { "b.png": "no picture" }), async (path) => {
    const dataset = await openDataset(path, COLOUR);
    await dataset.inputs(0);
    const where = { file: `${path}/b.png` };
    await assert.rejects(dataset.inputs(1), refusal("data/image", { where }));
  }));

Deno.test("a picture of another size is refused", () =>
  withFolder({ "a.png": png(1, 1, [1, 2, 3, 255]) }, async (path) => {
    const dataset = await openDataset(path, COLOUR);
    await assert.rejects(dataset.inputs(0), refusal("data/shape"));
  }));

const INPUTS = {
  "two inputs": [...COLOUR, { name: "z", shape: [1] }],
  "five channels": [{ name: "x", shape: [1, 5, 1, 2] }],
};

for (const [title, inputs] of Object.entries(INPUTS)) {
  Deno.test(`pictures are not for a model with ${title}`, () =>
    withFolder(folder(), async (path) => {
      await assert.rejects(openDataset(path, inputs), refusal("data/shape"));
    }));
}
