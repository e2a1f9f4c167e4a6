/** Archives of arrays: stored and deflated, damaged, and made to fill the memory. */
import assert from "node:assert/strict";
import { zipSync } from "fflate";
import { readNpz } from "../../converters/data/npz.ts";
import { floats, npy, zip, type ZipPart } from "../helpers/numpy_files.ts";
import { flipped, isRefused, refusal } from "../helpers/refusals.ts";

const X = floats([1, 2, 3, 4], "(2, 2)");
const Y = npy(Uint8Array.of(0, 1), { descr: "|u1", shape: "(2,)" });

const GOOD: Record<string, Uint8Array> = {
  "stored": zip([{ name: "x.npy", data: X }, { name: "y.npy", data: Y }]),
  "deflated": zip([
    { name: "x.npy", data: X, deflate: true },
    { name: "y.npy", data: Y, deflate: true },
  ]),
  "with a comment": zip([{ name: "x.npy", data: X }, { name: "y.npy", data: Y }], {
    comment: "PK made by hand",
  }),
  "with ZIP64 sizes": zip([
    { name: "x.npy", data: X, zip64: true, deflate: true },
    { name: "y.npy", data: Y, zip64: true },
  ], { zip64: true }),
  "with other files": zip([
    { name: "x.npy", data: X },
    { name: "readme.txt", data: Uint8Array.of(65) },
    { name: "y.npy", data: Y },
  ]),
  "by another writer": zipSync({ "x.npy": X, "y.npy": Y }),
};

for (const [title, file] of Object.entries(GOOD)) {
  Deno.test(`an archive ${title} is read`, () => {
    const arrays = readNpz(file, "x.npz");
    assert.deepEqual([...arrays.keys()], ["x", "y"]);
    assert.deepEqual([...arrays.get("x")!.values], [1, 2, 3, 4]);
    assert.deepEqual([...arrays.get("y")!.values], [0, 1]);
  });

  Deno.test(`an archive ${title}, cut at every length, is refused`, async () => {
    for (let length = 0; length < file.length; length++) {
      // A comment may be cut off.
      const whole = title === "with a comment" && length >= file.length - "PK made by hand".length;
      const refused = await isRefused(
        ...["data", () => readNpz(file.slice(0, length), "x"), `${length} bytes`] as const,
      );
      assert(refused || whole, `${length} bytes`);
    }
  });

  Deno.test(`an archive ${title}, each byte flipped, is refused or read`, async () => {
    for (const { bytes, title } of flipped(file)) {
      await isRefused("data", () => readNpz(bytes, "x"), title);
    }
  });
}

Deno.test("names that objects have by themselves", () => {
  const arrays = readNpz(zip([{ name: "__proto__.npy", data: X }]), "x");
  assert.deepEqual([...arrays.get("__proto__")!.values], [1, 2, 3, 4]);
});

const WRONG: [string, Uint8Array, string][] = [
  ["nothing", new Uint8Array(0), "data/not-npz"],
  ["text", Uint8Array.from("no archive at all", (c) => c.charCodeAt(0)), "data/not-npz"],
  ["an archive of nothing", zip([]), "data/not-npz"],
  ["no arrays", zip([{ name: "x.txt", data: X }]), "data/not-npz"],
  ["an array that is none", zip([{ name: "x.npy", data: Uint8Array.of(1, 2) }]), "data/not-npy"],
  [
    "more entries than there are",
    zip([{ name: "x.npy", data: X }], { count: 9 }),
    "data/truncated",
  ],
  [
    "more entries than can be",
    zip([{ name: "x.npy", data: X }], { count: 2 ** 52, zip64: true }),
    "data/corrupt",
  ],
  ...Object.entries<[ZipPart["claims"], string]>({
    "another checksum": [{ crc: 1 }, "data/corrupt"],
    "too small a size": [{ unpacked: 1 }, "data/corrupt"],
    "too large a size": [{ unpacked: 9999 }, "data/corrupt"],
    "a size of 4 GB": [{ unpacked: 2 ** 32 - 2 }, "data/corrupt"],
    "another method": [{ method: 14 }, "data/not-npz"],
    "a password": [{ flags: 1 }, "data/not-npz"],
    "an entry beyond the end": [{ local: 1e9 }, "data/truncated"],
    "an entry where there is none": [{ local: 3 }, "data/corrupt"],
  }).map(([title, [claims, code]]): [string, Uint8Array, string] => [
    title,
    zip([{ name: "x.npy", data: X, deflate: true, claims }]),
    code,
  ]),
];

for (const [title, file, code] of WRONG) {
  Deno.test(`an archive with ${title} is refused`, () => {
    assert.throws(() => readNpz(file, "x.npz"), refusal(code));
  });
}

/** 16 MB of zeros, which deflate to 16 KB. */
const ZEROS = new Uint8Array(2 ** 24);

const BOMBS: Record<string, Uint8Array> = {
  "unpacks to more than it says": zip([
    { name: "x.npy", data: ZEROS, deflate: true, claims: { unpacked: 1000 } },
  ]),
  "says that it unpacks to 2^53 bytes": zip([
    { name: "x.npy", data: ZEROS, deflate: true, zip64: true, claims: { unpacked: 2 ** 53 } },
  ]),
  "says that it unpacks to 300 MB": zip([
    { name: "x.npy", data: ZEROS, deflate: true, claims: { unpacked: 300e6 } },
  ]),
  "unpacks the same bytes twenty times": zip(
    Array.from({ length: 20 }, (_, i) => ({
      ...{ name: `${i}.npy`, data: i ? ZEROS.subarray(0, 0) : ZEROS, deflate: true },
      claims: { local: 0, unpacked: ZEROS.length },
    })),
  ),
};

for (const [title, file] of Object.entries(BOMBS)) {
  Deno.test(`an archive that ${title} is refused at once`, () => {
    const started = performance.now();
    assert.throws(() => readNpz(file, "x.npz"), refusal("data/corrupt"));
    assert(performance.now() - started < 500);
  });
}

Deno.test("a large archive may unpack to more than a small one", () => {
  const data = npy(new Uint8Array(1e6), { descr: "|u1", shape: "(1000000,)" });
  assert.equal(readNpz(zip([{ name: "x.npy", data, deflate: true }]), "x").get("x")!.shape[0], 1e6);
});
