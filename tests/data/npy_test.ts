/** NumPy arrays: every type, order and version; damaged ones. */
import assert from "node:assert/strict";
import { type NpyArray, readNpy } from "../../converters/data/npy.ts";
import { toFloat16 } from "../../runtime/format/float16.ts";
import { floats, npy, type NpyOptions } from "../helpers/numpy_files.ts";
import { flipped, isRefused, refusal } from "../helpers/refusals.ts";

/** Bytes of numbers, the most significant first. */
function bigEndian(values: ArrayBufferView, width: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = values;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

const HALVES = Uint16Array.from([1.5, -0.25, 65504], toFloat16);

const TYPES: [string, ArrayBufferView, NpyArray["type"], ArrayLike<number>][] = [
  ["|u1", Uint8Array.of(0, 7, 255), "u1", [0, 7, 255]],
  ["|b1", Uint8Array.of(0, 1, 1), "b1", [0, 1, 1]],
  ["|i1", Int8Array.of(-128, 0, 127), "i1", [-128, 0, 127]],
  ["<i2", Int16Array.of(-32768, 1, 32767), "i2", [-32768, 1, 32767]],
  ["<u2", Uint16Array.of(0, 1, 65535), "u2", [0, 1, 65535]],
  ["<i4", Int32Array.of(-(2 ** 31), 1, 2), "i4", [-(2 ** 31), 1, 2]],
  ["<u4", Uint32Array.of(0, 1, 2 ** 32 - 1), "u4", [0, 1, 2 ** 32 - 1]],
  ["<f2", HALVES, "f2", [1.5, -0.25, 65504]],
  ["<f4", Float32Array.of(0.1, NaN, -Infinity), "f4", [Math.fround(0.1), NaN, -Infinity]],
  ["<f8", Float64Array.of(0.1, 1e300, -0), "f8", [0.1, 1e300, -0]],
  ["<i8", BigInt64Array.of(-5n, 2n ** 53n, 0n), "i8", [-5, 2 ** 53, 0]],
  ["<u8", BigUint64Array.of(5n, 2n ** 53n, 0n), "u8", [5, 2 ** 53, 0]],
  ["=f4", Float32Array.of(1, 2, 3), "f4", [1, 2, 3]],
  [">i2", bigEndian(Int16Array.of(-2, 258, 3), 2), "i2", [-2, 258, 3]],
  [">f4", bigEndian(Float32Array.of(0.5, -2, 3e38), 4), "f4", [0.5, -2, Math.fround(3e38)]],
  [">f2", bigEndian(HALVES, 2), "f2", [1.5, -0.25, 65504]],
  [">i8", bigEndian(BigInt64Array.of(-5n, 6n, 7n), 8), "i8", [-5, 6, 7]],
  [">u1", Uint8Array.of(1, 2, 3), "u1", [1, 2, 3]],
];

for (const [descr, values, type, wanted] of TYPES) {
  Deno.test(`values of type ${descr}`, () => {
    const array = readNpy(npy(values, { descr, shape: "(3,)" }), "x");
    assert.deepEqual([array.type, array.shape], [type, [3]]);
    assert.deepEqual(Array.from(array.values), Array.from(wanted));
  });
}

const SIX = [1, 2, 3, 4, 5, 6];
const SHAPES: [NpyOptions, number[], number[]][] = [
  [{ shape: "(2, 3)" }, [2, 3], SIX],
  [{ shape: "(2, 3)", version: 2 }, [2, 3], SIX],
  [{ shape: "(2, 3)", version: 3 }, [2, 3], SIX],
  [{ shape: "(6,)" }, [6], SIX],
  [{ shape: "(1, 1, 6)" }, [1, 1, 6], SIX],
  [{ shape: "()" }, [], [1]],
  [{ shape: "(0, 4)" }, [0, 4], []],
  [{ shape: "(2, 3)", fortran: true }, [2, 3], [1, 3, 5, 2, 4, 6]],
  [{ shape: "(3, 1, 2)", fortran: true }, [3, 1, 2], [1, 4, 2, 5, 3, 6]],
  [{ shape: "(6,)", fortran: true }, [6], SIX],
  [{ shape: "()", fortran: true }, [], [1]],
  [{ shape: "(2, 0)", fortran: true }, [2, 0], []],
  [{ shape: `(${"1, ".repeat(63)}6)`, fortran: true }, [...Array(63).fill(1), 6], SIX],
];

for (const [options, shape, values] of SHAPES) {
  Deno.test(`${JSON.stringify(options).slice(0, 60)} is read row by row`, () => {
    const array = readNpy(npy(Float32Array.from(SIX), options), "x");
    assert.deepEqual([array.shape, [...array.values]], [shape, values]);
  });
}

Deno.test("an array may stand anywhere in memory, and is a copy", () => {
  const file = npy(Float32Array.from(SIX), { shape: "(6,)" });
  const room = new Uint8Array(file.length + 3);
  room.set(file, 3);
  const { values } = readNpy(room.subarray(3), "x");
  room.fill(0);
  assert.deepEqual([...values], SIX);
});

const REFUSED: [string, NpyOptions, string][] = [
  ["text", { descr: "<U3", shape: "(1,)" }, "data/dtype"],
  ["complex numbers", { descr: "<c8", shape: "(1,)" }, "data/dtype"],
  ["long doubles", { descr: "<f16", shape: "(1,)" }, "data/dtype"],
  ["objects", { descr: "|O", shape: "(1,)" }, "data/dtype"],
  ["dates", { descr: "<M8[ns]", shape: "(1,)" }, "data/dtype"],
  ["one-byte floats", { descr: "<f1", shape: "(1,)" }, "data/dtype"],
  ["named fields", { descr: "[('a', '<f4'), ('b', '<i4')]", shape: "(1,)" }, "data/dtype"],
  ["negative sizes", { shape: "(-1,)" }, "data/dtype"],
  ["version 0", { shape: "(6,)", version: 0 }, "data/not-npy"],
  ["version 4", { shape: "(6,)", version: 4 }, "data/not-npy"],
  ["more values than there are", { shape: "(7,)" }, "data/truncated"],
  ["16 GB", { shape: "(65536, 65536)" }, "data/truncated"],
  ["more than can be counted", { shape: `(${"9".repeat(400)},)` }, "data/not-npy"],
  ["none of infinitely many", { shape: `(0, ${"9".repeat(400)})` }, "data/not-npy"],
  ["a product beyond 2^53", { shape: "(0, 9999999999, 99999999999)" }, ""],
  ["65 dimensions", { shape: `(${"1, ".repeat(65)})`, fortran: true }, "data/not-npy"],
  ["20,000 dimensions", { shape: `(${"1,".repeat(20_000)})`, fortran: true }, "data/not-npy"],
];

for (const [title, options, code] of REFUSED) {
  Deno.test(`an array of ${title} is ${code || "empty"}`, () => {
    const file = npy(Float32Array.from(SIX), options);
    if (code === "") assert.equal(readNpy(file, "x").values.length, 0);
    else assert.throws(() => readNpy(file, "x.npy"), refusal(code, { where: { file: "x.npy" } }));
  });
}

const SMALL: Record<string, Uint8Array> = {
  "float32": floats(SIX, "(2, 3)"),
  "version 2, big-endian, column by column": npy(bigEndian(Int16Array.from(SIX), 2), {
    ...{ descr: ">i2", shape: "(3, 2)", fortran: true, version: 2 },
  }),
};

for (const [title, file] of Object.entries(SMALL)) {
  Deno.test(`${title}: cut at every length is refused`, async () => {
    for (let length = 0; length < file.length; length++) {
      const read = () => readNpy(file.slice(0, length), "x");
      assert(await isRefused("data", read, `${length} bytes`), `${length} bytes`);
    }
  });

  Deno.test(`${title}: each byte flipped is refused or read`, async () => {
    for (const { bytes, title } of flipped(file, [0xff, 0x01, 0x02, 0x10, 0x80])) {
      await isRefused("data", () => readNpy(bytes, "x"), title);
    }
  });
}
