/** JPEG pictures. */
import assert from "node:assert/strict";
import { decodeImage } from "../../converters/data/images.ts";
import { plainJpeg } from "../helpers/pictures.ts";
import { flipped, isRefused } from "../helpers/refusals.ts";

const decode = (bytes: Uint8Array) => decodeImage(bytes, "x.jpg");

/** A grey JPEG of 8×8 pixels, all 128: one Huffman code each, one block without coefficients. */
const GREY = Uint8Array.from([
  ...[0xff, 0xd8],
  ...[0xff, 0xdb, 0, 67, 0, ...Array<number>(64).fill(1)],
  ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
  ...[0xff, 0xc4, 0, 20, 0x00, 1, ...Array<number>(15).fill(0), 0],
  ...[0xff, 0xc4, 0, 20, 0x10, 1, ...Array<number>(15).fill(0), 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x3f],
  ...[0xff, 0xd9],
]);

for (const rgb of [[200, 30, 90], [0, 0, 0], [255, 255, 255]]) {
  Deno.test(`a JPEG of the colour ${rgb} is nearly that`, () => {
    const { data, width, height, channels } = decode(plainJpeg(11, 5, rgb));
    assert.deepEqual([width, height, channels, data.length], [11, 5, 3, 165]);
    Array.from(data).forEach((value, i) => assert(Math.abs(value - rgb[i % 3]) <= 3, `${value}`));
  });
}

Deno.test("a grey JPEG is grey in three channels", () => {
  const { data, width, height, channels } = decode(GREY);
  assert.deepEqual([width, height, channels], [8, 8, 3]);
  assert.deepEqual(new Set(Array.from(data)), new Set([128]));
});

Deno.test("a JPEG cut anywhere is refused", async () => {
  for (const file of [GREY, plainJpeg(9, 9, [1, 200, 3])]) {
    for (let length = 0; length < file.length; length++) {
      const cut = file.slice(0, length);
      assert(await isRefused("data", () => decode(cut), `${length} bytes`), `${length} bytes`);
    }
  }
});

Deno.test("a JPEG with any byte flipped is refused or has its pixels", async () => {
  for (const { bytes, title } of flipped(GREY)) {
    await isRefused("data", () => {
      const { data, width, height, channels } = decode(bytes);
      assert(data.length > 0 && data.length === width * height * channels);
    }, title);
  }
});

Deno.test("a JPEG that says it is huge is refused", async () => {
  const bytes = GREY.slice();
  bytes.set([0xff, 0xff, 0xff, 0xff], bytes.indexOf(0xc0) + 4);
  assert(await isRefused("data", () => decode(bytes), "huge"));
});
