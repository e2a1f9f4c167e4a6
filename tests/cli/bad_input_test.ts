/** Whatever is wrong with what the command line is given: its own error and exit code, nothing written. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { kedge } from "../helpers/command.ts";
import { Random } from "../helpers/random.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));

interface Case {
  name: string;
  /** Makes the files and gives the arguments. */
  args: (folder: string) => Promise<string[]>;
  exit: number;
  code: RegExp;
}

const text = (content: string) => new TextEncoder().encode(content);

/** `bundle` on a file of the given bytes. */
function model(name: string, make: () => Promise<Uint8Array>, code: RegExp): Case {
  return {
    name: `model: ${name}`,
    args: async (folder) => {
      await Deno.writeFile(`${folder}/m.onnx`, await make());
      return [`${folder}/m.onnx`, "--weights", "float32"];
    },
    exit: 1,
    code,
  };
}

/** `bundle` of the example on data of the given bytes. */
function data(name: string, file: string, make: () => Uint8Array, code: RegExp): Case {
  return {
    name: `data: ${name}`,
    args: async (folder) => {
      await Deno.writeFile(`${folder}/${file}`, make());
      return [`${EXAMPLE}model.onnx`, "--data", `${folder}/${file}`];
    },
    exit: 1,
    code,
  };
}

/** A .npy file of version 1. */
function npy(descr: string, shape: string, values: Uint8Array): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = text(dict.padEnd(117) + "\n");
  return Uint8Array.from([0x93, ...text("NUMPY"), 1, 0, 118, 0, ...header, ...values]);
}

const example = () => Deno.readFile(`${EXAMPLE}model.onnx`);
const random = new Random(1);
const noise = Uint8Array.from({ length: 3000 }, () => random.int(0, 255));
const floats = (count: number, value: number) =>
  new Uint8Array(new Float32Array(count).fill(value).buffer);
const SAMPLE = 3 * 24 * 24;

const CASES: Case[] = [
  model("truncated", async () => (await example()).slice(0, 40000), /^model\//),
  model("empty", () => Promise.resolve(new Uint8Array()), /^model\/empty$/),
  model("random", () => Promise.resolve(noise), /^model\//),
  model("a text file", () => Promise.resolve(text("hello, world\n")), /^model\//),
  model("a JSON file", () => Promise.resolve(text('{"a": 1}')), /^model\/wrong-type$/),
  {
    name: "model: no such file",
    args: (folder) => Promise.resolve([`${folder}/none.onnx`]),
    exit: 1,
    code: /^file\/missing$/,
  },
  {
    name: "model: a folder",
    args: (folder) => Promise.resolve([folder]),
    exit: 1,
    code: /^file\//,
  },
  {
    name: "model: int8 without data",
    args: () => Promise.resolve([`${EXAMPLE}model.onnx`]),
    exit: 1,
    code: /^data\/missing$/,
  },
  {
    name: "data: no such file",
    args: (folder) => Promise.resolve([`${EXAMPLE}model.onnx`, "--data", `${folder}/none.npz`]),
    exit: 1,
    code: /^data\/missing$|^file\/missing$/,
  },
  data("wrong shape", "x.npy", () => npy("<f4", "2, 7, 7", floats(98, 1)), /^data\/shape$/),
  data("wrong dtype", "x.npy", () => npy("<U4", "1, 3, 24, 24", noise), /^data\/dtype$/),
  data(
    "NaN",
    "x.npy",
    () => npy("<f4", "8, 3, 24, 24", floats(8 * SAMPLE, NaN)),
    /^data\/nan$/,
  ),
  data("no samples", "x.npy", () => npy("<f4", "0, 3, 24, 24", new Uint8Array()), /^data\/empty$/),
  data("truncated", "x.npy", () => npy("<f4", "8, 3, 24, 24", floats(99, 1)), /^data\//),
  data("random", "x.npz", () => noise, /^data\//),
  data("empty manifest", "x.json", () => text("{}"), /^data\/manifest$/),
  data(
    "labels out of range",
    "x.json",
    () => text(JSON.stringify({ data: `${EXAMPLE}sample.npz`, classOffset: 100 })),
    /^data\/labels$/,
  ),
  {
    name: "out: a folder that holds something else",
    args: async (folder) => {
      await Deno.mkdir(`${folder}/out`);
      await Deno.writeTextFile(`${folder}/out/precious.txt`, "mine");
      return [`${EXAMPLE}model.onnx`, "--weights", "float32"];
    },
    exit: 1,
    code: /^file\/write$/,
  },
  {
    name: "out: a place that cannot be written",
    args: () => Promise.resolve([`${EXAMPLE}model.onnx`, "--weights=float32", "-o/proc/kedge/b"]),
    exit: 1,
    code: /^file\/write$/,
  },
  {
    name: "out: in a folder marked read-only, which would not stop root",
    args: async (folder) => {
      await Deno.mkdir(`${folder}/kept`, { mode: 0o555 });
      return [`${EXAMPLE}model.onnx`, "--weights=float32", `-o${folder}/kept/new/b`];
    },
    exit: 1,
    code: /^file\/write$/,
  },
  {
    name: "check: no bundle",
    args: () => Promise.resolve([]),
    exit: 1,
    code: /^file\/bundle$/,
  },
];

for (const { name, args, exit, code } of CASES) {
  Deno.test(`bad input: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const given = await args(folder);
      const before = await listing(folder);
      const out = given.some((arg) => arg.startsWith("-o")) ? [] : ["-o", `${folder}/out`];
      const line = given.length ? ["bundle", ...given, ...out] : ["check", `${folder}/nothing`];
      const { code: status, stdout, stderr } = await kedge([...line, "--json"]);
      const { error } = JSON.parse(stdout);
      assert.match(error.code, code, JSON.stringify(error));
      assert.equal(status, exit);
      assert.equal(stderr, "");
      assert.ok(
        error.message.includes(": "),
        "says what was being done, and what stood in the way",
      );
      assert.deepEqual(await listing(folder), before, "nothing is written");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("bad input: a disk that fills up", async (t) => {
  const folder = await Deno.makeTempDir();
  const mounted = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  try {
    await t.step({
      name: "the error says so, and nothing is left behind",
      ignore: !mounted.success, // needs the right to mount a small file system
      fn: async () => {
        const line = [`${EXAMPLE}model.onnx`, "--weights", "float32", "-o", `${folder}/out`];
        const { code, stdout } = await kedge(["bundle", ...line, "--json"]);
        assert.equal(code, 1);
        assert.equal(JSON.parse(stdout).error.code, "file/write");
        assert.deepEqual(await listing(folder), []);
      },
    });
  } finally {
    if (mounted.success) await new Deno.Command("umount", { args: [folder] }).output();
    await Deno.remove(folder, { recursive: true });
  }
});

async function listing(folder: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  if (names.includes("out")) {
    for await (const { name } of Deno.readDir(`${folder}/out`)) names.push(`out/${name}`);
  }
  return names.sort();
}
