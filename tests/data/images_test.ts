/** PNG and JPEG pictures: every kind, and damaged ones. */
import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { decodeImage } from "../../converters/data/images.ts";
import { png, PNG_KINDS } from "../helpers/pictures.ts";
import { Random } from "../helpers/random.ts";
import { flipped, isRefused, refusal } from "../helpers/refusals.ts";

const decode = (bytes: Uint8Array) => decodeImage(bytes, "x.png");

/** A chunk with its checksum. */
function chunk(type: string, data: ArrayLike<number>): number[] {
  const body = Uint8Array.from([...type].map((c) => c.charCodeAt(0)).concat(Array.from(data)));
  const number = (x: number) => [x >>> 24, x >>> 16 & 255, x >>> 8 & 255, x & 255];
  return [...number(data.length), ...body, ...number(crc32(body))];
}

interface Raw {
  width: number;
  height: number;
  depth?: number;
  color?: number;
  interlace?: number;
  palette?: number[];
  /** Filtered rows. */
  rows: ArrayLike<number>;
  more?: number[];
}

/** A PNG byte by byte. */
function rawPng({ width, height, depth = 8, color = 0, interlace = 0, ...rest }: Raw): Uint8Array {
  const size = (x: number) => [x >>> 24, x >>> 16 & 255, x >>> 8 & 255, x & 255];
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", [...size(width), ...size(height), depth, color, 0, 0, interlace]),
    ...rest.palette ? chunk("PLTE", rest.palette) : [],
    ...rest.more ?? [],
    ...chunk("IDAT", deflateSync(Uint8Array.from(rest.rows))),
    ...chunk("IEND", []),
  ]);
}

Deno.test("PNGs of another writer, of every colour type, are what was drawn", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = new Random(seed);
    const [width, height] = [random.int(1, 9), random.int(1, 9)];
    const rgba = Array.from({ length: width * height * 4 }, () => random.int(0, 255));
    const grey = rgba.map((_, i) => i % 4 === 3 ? 255 : rgba[i - i % 4]);
    for (const kind of Object.keys(PNG_KINDS) as (keyof typeof PNG_KINDS)[]) {
      const colourful = kind === "colour" || kind === "alpha";
      const opaque = rgba.map((value, i) => i % 4 === 3 && kind === "colour" ? 255 : value);
      const got = decode(png(width, height, colourful ? opaque : grey, kind));
      const wanted = colourful
        ? rgba.filter((_, i) => i % 4 < 3)
        : grey.filter((_, i) => i % 4 < 1);
      assert.deepEqual([got.width, got.height, got.channels], [width, height, colourful ? 3 : 1]);
      assert.deepEqual(Array.from(got.data), wanted, `seed ${seed}, ${kind}`);
    }
  }
});

const KINDS: [string, Raw, number[]][] = [
  ["1 bit", { width: 10, height: 1, depth: 1, rows: [0, 0b10110000, 0b01000000] }, [
    ...[255, 0, 255, 255, 0, 0, 0, 0, 0, 255],
  ]],
  ["2 bits", { width: 3, height: 1, depth: 2, rows: [0, 0b00011011] }, [0, 85, 170]],
  ["4 bits", { width: 3, height: 1, depth: 4, rows: [0, 0x0f, 0x50] }, [0, 255, 85]],
  ["16 bits", { width: 2, height: 1, depth: 16, rows: [0, 255, 255, 49, 255] }, [255, 49]],
  ["16 bits of colour", { width: 1, height: 1, depth: 16, color: 2, rows: [0, 1, 9, 2, 9, 3, 9] }, [
    ...[1, 2, 3],
  ]],
  ["16 bits and alpha", {
    width: 2,
    height: 1,
    depth: 16,
    color: 4,
    rows: [0, 7, 1, 0, 0, 8, 1, 0, 0],
  }, [
    ...[7, 8],
  ]],
  ["a palette", {
    ...{ width: 3, height: 1, depth: 2, color: 3, palette: [1, 2, 3, 4, 5, 6] },
    rows: [0, 0b01000100],
  }, [4, 5, 6, 1, 2, 3, 4, 5, 6]],
  ["no filter, Sub, Up, Average, Paeth", {
    ...{ width: 3, height: 5 },
    rows: [0, 10, 20, 30, 1, 5, 5, 5, 2, 1, 1, 1, 3, 10, 10, 10, 4, 1, 2, 3],
  }, [10, 20, 30, 5, 10, 15, 6, 11, 16, 13, 22, 29, 14, 24, 32]],
  ["Paeth where up and corner are as near", {
    ...{ width: 2, height: 2, rows: [0, 10, 6, 4, 2, 1] },
  }, [10, 6, 12, 7]],
  ["chunks in between", { width: 1, height: 1, rows: [0, 7], more: chunk("tEXt", [1, 2]) }, [7]],
  ["Adam7 of 1×1", { width: 1, height: 1, interlace: 1, rows: [0, 9] }, [9]],
  ["Adam7 of 3×3", {
    ...{ width: 3, height: 3, interlace: 1 },
    // Passes 1, 4, 5, 6 and 7 have pixels.
    rows: [0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6],
  }, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
];

for (const [title, raw, wanted] of KINDS) {
  Deno.test(`PNG: ${title}`, () => assert.deepEqual(Array.from(decode(rawPng(raw)).data), wanted));
}

const BAD: [string, Uint8Array][] = [
  ["rows missing", rawPng({ width: 2, height: 2, rows: [0, 1, 2] })],
  ["too many rows", rawPng({ width: 2, height: 2, rows: [0, 1, 2, 0, 1, 2, 0] })],
  ["no rows", rawPng({ width: 1, height: 1, rows: [] })],
  ["an unknown filter", rawPng({ width: 1, height: 1, rows: [5, 1] })],
  ["no width", rawPng({ width: 0, height: 1, rows: [] })],
  ["no height", rawPng({ width: 1, height: 0, rows: [] })],
  ["a height of 2³¹", rawPng({ width: 1, height: 2 ** 31 - 1, rows: [0, 1] })],
  ["a width of 2³¹", rawPng({ width: 2 ** 31 - 1, height: 1, rows: [0, 1] })],
  ["67 million pixels that are not there", rawPng({ width: 8192, height: 8192, rows: [0, 1] })],
  ["3 bits", rawPng({ width: 1, height: 1, depth: 3, rows: [0, 1] })],
  ["colour type 1", rawPng({ width: 1, height: 1, color: 1, rows: [0, 1] })],
  ["4 bits of colour", rawPng({ width: 1, height: 1, depth: 4, color: 2, rows: [0, 1, 2] })],
  ["interlacing 2", rawPng({ width: 1, height: 1, interlace: 2, rows: [0, 1] })],
  ["no palette", rawPng({ width: 1, height: 1, color: 3, rows: [0, 0] })],
  [
    "a colour not in the palette",
    rawPng({
      ...{ width: 1, height: 1, color: 3, palette: [1, 2, 3], rows: [0, 1] },
    }),
  ],
  [
    "an unknown critical chunk",
    rawPng({ width: 1, height: 1, rows: [0, 1], more: chunk("ABCD", []) }),
  ],
  ["a bomb", rawPng({ width: 1, height: 1, rows: new Uint8Array(5e7) })],
  ["only a signature", rawPng({ width: 1, height: 1, rows: [0, 1] }).slice(0, 8)],
  ["nothing", new Uint8Array(0)],
  ["text", Uint8Array.from("GIF89a", (c) => c.charCodeAt(0))],
];

for (const [title, bytes] of BAD) {
  Deno.test(`a picture with ${title} is refused at once`, async () => {
    assert.throws(() => decode(bytes), refusal("data/image", { where: { file: "x.png" } }));
    assert(await isRefused("data", () => decode(bytes), title));
  });
}

const NOISE = png(5, 4, Array.from({ length: 80 }, (_, i) => i % 4 === 3 ? 255 : i * 37 % 256));

Deno.test("a PNG cut anywhere, or with any byte flipped, is refused", async () => {
  for (let length = 0; length < NOISE.length; length++) {
    const cut = NOISE.slice(0, length);
    assert(await isRefused("data", () => decode(cut), `${length} bytes`), `${length} bytes`);
  }
  for (const { bytes, title } of flipped(NOISE)) {
    assert(await isRefused("data", () => decode(bytes), title), title);
  }
});
