/** Two pictures as one, worked by hand. */
import assert from "node:assert/strict";
import {
  type Mix,
  mixPictures,
  type PictureLayout,
  randomMix,
  seededRandom,
} from "../../converters/data/mod.ts";

const GRAY: PictureLayout = { height: 2, width: 3, depth: 1, layout: "NHWC" };

const FIRST = [1, 2, 3, 4, 5, 6];
const SECOND = [5, 6, 7, 8, 9, 10];
const MIXES: [name: string, mix: Mix, wanted: number[]][] = [
  ["a quarter of the second", { share: 0.25, rectangle: [0, 0, 3, 2] }, [2, 3, 4, 5, 6, 7]],
  ["a rectangle of the second", { share: 1, rectangle: [1, 0, 3, 1] }, [1, 6, 7, 4, 5, 6]],
  ["half in one pixel", { share: 0.5, rectangle: [2, 1, 3, 2] }, [1, 2, 3, 4, 5, 8]],
  ["nothing of the second", { share: 1, rectangle: [2, 1, 2, 1] }, [1, 2, 3, 4, 5, 6]],
];
for (const [name, mix, wanted] of MIXES) {
  Deno.test(`two pictures: ${name}`, () => {
    const [first, second] = [Float32Array.from(FIRST), Float32Array.from(SECOND)];
    assert.deepEqual([...mixPictures(first, second, GRAY, mix)], wanted);
    assert.deepEqual([[...first], [...second]], [FIRST, SECOND]);
  });
}

Deno.test("mixes lie inside the picture; as many as are told are mixed, the same by the same seed", () => {
  const size = { height: 7, width: 5 };
  const mixes = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 2000 }, () => randomMix(random, { ...GRAY, ...size }));
  };
  const made = mixes(1);
  assert.deepEqual(made, mixes(1));
  const mixed = made.filter((mix) => mix !== null);
  for (const { share, rectangle: [left, top, right, bottom] } of mixed) {
    assert.ok(share >= 0 && share <= 1);
    assert.ok(left >= 0 && left <= right && right <= size.width);
    assert.ok(top >= 0 && top <= bottom && bottom <= size.height);
  }
  const everywhere = mixed.filter(({ share }) => share < 1).length / made.length;
  const cut = mixed.filter(({ share }) => share === 1).length / made.length;
  assert.ok(Math.abs(everywhere - 0.5) < 0.04 && Math.abs(cut - 0.15) < 0.03);
});

Deno.test("channels first and channels last are mixed alike", () => {
  const random = seededRandom(2);
  const [height, width, depth] = [5, 4, 3];
  const picture = () => Float32Array.from({ length: height * width * depth }, random);
  const firstOf = (values: Float32Array) =>
    values.map((_, i) => values[i % (height * width) * depth + Math.floor(i / (height * width))]);
  const base = { height, width, depth };
  const [a, b] = [picture(), picture()];
  for (let i = 0; i < 20; i++) {
    const mix = randomMix(random, { ...base, layout: "NHWC" });
    if (!mix) continue;
    const made = mixPictures(a, b, { ...base, layout: "NHWC" }, mix);
    const first = mixPictures(firstOf(a), firstOf(b), { ...base, layout: "NCHW" }, mix);
    assert.deepEqual(first, firstOf(made));
  }
});
