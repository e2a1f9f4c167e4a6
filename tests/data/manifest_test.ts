/** Data manifests: every field, right and wrong. */
import assert from "node:assert/strict";
import { type Manifest, readManifest } from "../../converters/data/manifest.ts";
import { parseCsv } from "../../converters/data/csv.ts";
import { nearestName } from "../../converters/data/suggest.ts";
import { isRefused, refusal } from "../helpers/refusals.ts";

const read = (json: unknown) => readManifest(JSON.stringify(json), "data.json");

const GOOD: [Record<string, unknown>, Partial<Manifest>][] = [
  [{}, {}],
  [{ metric: "auc", classOffset: -1 }, { metric: "auc", classOffset: -1 }],
  [{ labels: ["cat", "dog"] }, { labels: ["cat", "dog"] }],
  [{ labels: [] }, { labels: [] }],
  [{ preprocess: {} }, { preprocess: {} }],
  [{ preprocess: { resize: 224 } }, { preprocess: { resize: [224, 224] } }],
  [{ preprocess: { resize: [96, 128] } }, { preprocess: { resize: [96, 128] } }],
  [{ preprocess: { color: "bgr" } }, { preprocess: { color: "bgr" } }],
  [{ preprocess: { scale: 0.1 } }, { preprocess: { scale: Math.fround(0.1) } }],
  [{ preprocess: { mean: 0.5 } }, { preprocess: { mean: [0.5] } }],
  [
    { preprocess: { mean: [0.1, 0, -1], std: [0.1, 1, 2] } },
    {
      preprocess: { mean: [0.1, 0, -1].map(Math.fround), std: [0.1, 1, 2].map(Math.fround) },
    },
  ],
];

for (const [fields, wanted] of GOOD) {
  Deno.test(`a manifest with ${JSON.stringify(fields)} is good`, () => {
    assert.deepEqual(read({ data: "x.npz", ...fields }), { data: "x.npz", ...wanted });
  });
}

/** Field, wrong values, what is wanted. */
const WRONG: [string, unknown[], string][] = [
  ["data", [1, "", null, ["x.npz"], {}], "a path"],
  ["preprocess", [1, [], null, "rgb"], "an object"],
  ["classOffset", [0.5, "1", 1e9, null, true], "a whole number in −1000000…1000000"],
  ["metric", ["accuracy", 1, null, ""], "one of top1, top5, auc, mse, agreement"],
  ["labels", ["cat", [1], [null], {}], "a list of names"],
  ["preprocess.color", ["grey", 3, null], "one of rgb, bgr, gray"],
  [
    "preprocess.resize",
    [0, -1, 2.5, "224", [224], [1, 2, 3], [0, 5], null],
    "a size in pixels, or [height, width]",
  ],
  ["preprocess.scale", [0, 1e-60, "1", null, [1]], "a number other than 0"],
  [
    "preprocess.mean",
    ["0", [1, 2], [], [1, 2, 3, 4], 1e60, [1, null, 3]],
    "a number, or a list of 1 or 3 such numbers",
  ],
  [
    "preprocess.std",
    [0, -1, [1, 0, 1], 1e-60, "1"],
    "a number above 0, or a list of 1 or 3 such numbers",
  ],
];

for (const [field, values, wanted] of WRONG) {
  for (const value of values) {
    const [outer, inner] = field.split(".");
    const given = JSON.stringify(value);
    Deno.test(`${field}: ${given} is refused`, () => {
      const json = { data: "x.npz", [outer]: inner ? { [inner]: value } : value };
      const where = { file: "data.json", tensor: field };
      const code = field === "metric" ? "data/metric" : "data/manifest";
      assert.throws(() => read(json), refusal(code, { wanted, got: given, where }));
    });
  }
}

const UNKNOWN: [Record<string, unknown>, string, string][] = [
  [{ metrics: "top1" }, "metrics", 'did you mean "metric"?'],
  [{ preproces: {} }, "preproces", 'did you mean "preprocess"?'],
  [{ class_offset: 1 }, "class_offset", 'did you mean "classOffset"?'],
  [{ Label: [] }, "Label", 'did you mean "labels"?'],
  [{ somethingElse: 1 }, "somethingElse", "take it out"],
  [{ preprocess: { colour: "rgb" } }, "preprocess.colour", 'did you mean "color"?'],
  [{ preprocess: { Stds: 1 } }, "preprocess.Stds", 'did you mean "std"?'],
  [{ preprocess: { toString: 1 } }, "preprocess.toString", "take it out"],
];

for (const [fields, field, hint] of UNKNOWN) {
  Deno.test(`${field} is not known: ${hint}`, () => {
    const where = { file: "data.json", tensor: field };
    const json = { data: "x.npz", ...fields };
    assert.throws(() => read(json), refusal("data/manifest", { where, hint }));
  });
}

Deno.test('names that are nearly right: metric "top-1", color "grey"', () => {
  const wrong = { data: "x", metric: "top-1" };
  assert.throws(() => read(wrong), refusal("data/metric", { hint: 'did you mean "top1"?' }));
  const grey = { data: "x", preprocess: { color: "grey" } };
  assert.throws(() => read(grey), refusal("data/manifest", { hint: 'did you mean "gray"?' }));
});

const TEXTS = ["", "{", "null", "[]", '"x"', "3", '{"data": "x",}', "{}", '{"metric": "top1"}'];

for (const text of TEXTS) {
  Deno.test(`${JSON.stringify(text)} is no manifest`, () => {
    assert.throws(() => readManifest(text, "data.json"), refusal("data/manifest"));
  });
}

Deno.test("a manifest cut at every length is refused", async () => {
  const text = '{"data": "x.npz", "metric": "top1", "preprocess": {"mean": [1, 2, 3]}}';
  for (let length = 0; length < text.length; length++) {
    const read = () => readManifest(text.slice(0, length), "data.json");
    assert(await isRefused("data", read, `${length}`), `${length}`);
  }
});

Deno.test("__proto__ is a field like any other", () => {
  const text = '{"data": "x", "__proto__": {"metric": "top1"}}';
  assert.throws(() => readManifest(text, "data.json"), refusal("data/manifest"));
});

Deno.test("the nearest name, or none", () => {
  const names = ["top1", "top5", "auc"];
  const table = [["top_1", "top1"], ["TOP5", "top5"], ["uac", undefined], ["acu", undefined]];
  for (const [given, wanted] of table) assert.equal(nearestName(given!, names), wanted, given);
  assert.equal(nearestName("x", []), undefined);
});

const TABLES: [string, string[][]][] = [
  ["", []],
  ["a,b", [["a", "b"]]],
  ["a,b\nc,d\n", [["a", "b"], ["c", "d"]]],
  ["a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]],
  ["a,b\rc,d", [["a", "b"], ["c", "d"]]],
  ["\ufeffa,b", [["a", "b"]]],
  ["a\n\n\nb", [["a"], ["b"]]],
  [" a , b ", [["a", "b"]]],
  ['"a,b",c', [["a,b", "c"]]],
  ['"a ""b"" c",d', [['a "b" c', "d"]]],
  ['"two\nlines",x\ny,z', [["two\nlines", "x"], ["y", "z"]]],
  ['""', []],
  ['"",x', [["", "x"]]],
  ["a,,b,", [["a", "", "b", ""]]],
  [",", [["", ""]]],
  ['a"b,c', [['a"b', "c"]]],
  ['"a"b,c', [['"a"b', "c"]]],
  ['"open,x\ny', [['"open', "x"], ["y"]]],
];

for (const [text, wanted] of TABLES) {
  Deno.test(`CSV ${JSON.stringify(text)}`, () => assert.deepEqual(parseCsv(text), wanted));
}

Deno.test("long and odd CSV is read at once", () => {
  const started = performance.now();
  assert.equal(parseCsv('"' + '""'.repeat(2e6) + '"')[0][0].length, 2e6);
  assert.equal(parseCsv('"\n'.repeat(1e5) + "x").length > 0, true);
  assert.equal(parseCsv('"'.repeat(1e6) + "x").length, 1);
  assert(performance.now() - started < 2000);
});
