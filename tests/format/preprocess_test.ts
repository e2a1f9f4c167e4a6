/** From pixels to inputs: small pictures, worked by hand. */
import assert from "node:assert/strict";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { type Pixels, preprocessPixels } from "../../runtime/format/preprocess.ts";

const RAW: Preprocess = {
  ...{ color: "rgb", resize: null, scale: 1, mean: [0], std: [1], layout: "NHWC" },
};

/** Two pixels side by side, red 1 green 2 blue 3 and red 4 green 5 blue 6. */
const PAIR: Pixels = { data: [1, 2, 3, 4, 5, 6], width: 2, height: 1, channels: 3 };

const grey = (data: number[], width = data.length): Pixels => ({
  ...{ data, width, height: data.length / width, channels: 1 },
});

function assertValues(
  image: Pixels,
  spec: Partial<Preprocess>,
  shape: number[],
  wanted: number[],
) {
  assert.deepEqual(preprocessPixels(image, { ...RAW, ...spec }, shape), Float32Array.from(wanted));
}

Deno.test("colours stand in the order that the model wants", () => {
  assertValues(PAIR, { color: "rgb" }, [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
  assertValues(PAIR, { color: "bgr" }, [1, 1, 2, 3], [3, 2, 1, 6, 5, 4]);
});

Deno.test("channels stand last or first", () => {
  assertValues(PAIR, { layout: "NCHW" }, [1, 3, 1, 2], [1, 4, 2, 5, 3, 6]);
  assertValues(PAIR, { layout: "NCHW", color: "bgr" }, [1, 3, 1, 2], [3, 6, 2, 5, 1, 4]);
});

Deno.test("the batch dimension may be missing", () => {
  assertValues(PAIR, {}, [1, 2, 3], [1, 2, 3, 4, 5, 6]);
  assertValues(PAIR, { layout: "NCHW" }, [3, 1, 2], [1, 4, 2, 5, 3, 6]);
});

Deno.test("alpha is dropped", () => {
  const data = [1, 2, 3, 99, 4, 5, 6, 98];
  const image = { data, width: 2, height: 1, channels: 4 };
  assertValues(image, {}, [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
  assertValues(image, { layout: "NCHW", color: "bgr" }, [1, 3, 1, 2], [3, 6, 2, 5, 1, 4]);
});

Deno.test("grey fills all colours, and colours give grey by BT.601", () => {
  assertValues(grey([7, 9]), {}, [1, 1, 2, 3], [7, 7, 7, 9, 9, 9]);
  // 0.299 × 100 + 0.587 × 200 + 0.114 × 50 = 29.9 + 117.4 + 5.7 = 153.
  const image = { data: [100, 200, 50], width: 1, height: 1, channels: 3 };
  assertValues(image, { color: "gray" }, [1, 1, 1, 1], [153]);
  assertValues({ ...image, data: [100, 200, 50, 1], channels: 4 }, { color: "gray" }, [1], [153]);
});

Deno.test("(value × scale − mean) / std, each channel by its own", () => {
  // (1 × 2 − 1) / 4, (2 × 2 − 2) / 2, (3 × 2 − 3) / 1, then (8 − 1) / 4, (10 − 2) / 2, 12 − 3.
  const spec = { scale: 2, mean: [1, 2, 3], std: [4, 2, 1] };
  assertValues(PAIR, spec, [1, 1, 2, 3], [0.25, 1, 3, 1.75, 4, 9]);
  assertValues(PAIR, { ...spec, layout: "NCHW" }, [1, 3, 1, 2], [0.25, 1.75, 1, 4, 3, 9]);
  // Mean and std belong to the model's channels: with BGR the first of them is blue's.
  // (3 × 2 − 1) / 4, (2 × 2 − 2) / 2, 1 × 2 − 3, then (12 − 1) / 4, (10 − 2) / 2, 8 − 3.
  assertValues(PAIR, { ...spec, color: "bgr" }, [1, 1, 2, 3], [1.25, 1, -1, 2.75, 4, 5]);
});

Deno.test("one mean and one std stand for all channels", () => {
  const spec = { scale: 0.5, mean: [1], std: [0.25] };
  assertValues(PAIR, spec, [1, 1, 2, 3], [-2, 0, 2, 4, 6, 8]);
});

Deno.test("the result is the float32 next to the exact value", () => {
  const spec = {
    scale: Math.fround(1 / 255),
    mean: [Math.fround(0.485)],
    std: [Math.fround(0.229)],
  };
  const exact = (200 * Math.fround(1 / 255) - Math.fround(0.485)) / Math.fround(0.229);
  assertValues(grey([200]), { ...spec, color: "gray" }, [1, 1, 1, 1], [exact]);
});

Deno.test("halving takes the mean of four pixels", () => {
  const image = grey([1, 2, 10, 20, 3, 6, 30, 60], 4);
  assertValues(image, { color: "gray", resize: [1, 2] }, [1, 1, 2, 1], [3, 30]);
});

Deno.test("doubling goes by quarters, and stays at the edges", () => {
  // Centres at −¼, ¼, ¾, 1¼ of the source; the outer two are held at 0 and 1.
  const image = grey([0, 100]);
  assertValues(image, { color: "gray", resize: [1, 4] }, [1, 1, 4, 1], [0, 25, 75, 100]);
  const upright = grey([0, 100], 1);
  assertValues(upright, { color: "gray", resize: [4, 1] }, [1, 4, 1, 1], [0, 25, 75, 100]);
});

Deno.test("three to two goes by a quarter from each side", () => {
  // Centres at 0.5 × 1.5 − 0.5 = ¼ and 1.5 × 1.5 − 0.5 = 1¾.
  assertValues(grey([0, 8, 80]), { color: "gray", resize: [1, 2] }, [1, 1, 2, 1], [2, 62]);
});

Deno.test("resizing keeps the channels apart", () => {
  const image = { data: [0, 10, 20, 2, 30, 60], width: 2, height: 1, channels: 3 };
  assertValues(image, { resize: [1, 1] }, [1, 1, 1, 3], [1, 20, 40]);
  assertValues(image, { resize: [1, 1], color: "bgr", layout: "NCHW" }, [1, 3, 1, 1], [40, 20, 1]);
});

Deno.test("an input without channels, or a flat one, takes grey", () => {
  const image = grey([1, 2, 3, 4, 5, 6], 3);
  for (const shape of [[2, 3], [1, 2, 3], [6], [1, 6], [1, 2, 3, 1]]) {
    assertValues(image, { color: "gray" }, shape, [1, 2, 3, 4, 5, 6]);
  }
  assertValues(image, { color: "gray", resize: [1, 3] }, [1, 3], [2.5, 3.5, 4.5]);
  assertValues(image, { color: "gray", layout: "NCHW" }, [1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
});

/** Pictures that do not fit, each with the input's shape. */
const MISFITS: Record<string, [Partial<Pixels>, Partial<Preprocess>, number[]]> = {
  "a value too few": [{ data: [1, 2, 3, 4, 5] }, {}, [1, 1, 2, 3]],
  "two channels": [{ channels: 2, width: 3 }, {}, [1, 1, 3, 3]],
  "another size": [{}, {}, [1, 2, 1, 3]],
  "another size that is not that of the model": [{}, { resize: [4, 4] }, [1, 8, 8, 1]],
  "channels in another place": [{}, {}, [1, 3, 1, 2]],
  "two samples at once": [{}, {}, [2, 1, 2, 3]],
  "no pixels": [{ data: [], width: 0, height: 0 }, { resize: [1, 1] }, [1, 1, 1, 3]],
  "no rows": [{ data: [], height: 0 }, { resize: [1, 1] }, [1, 1, 1, 3]],
  "a negative size": [{ width: -2, height: -1 }, { resize: [1, 2] }, [1, 1, 2, 3]],
  "half a pixel": [{ width: 0.5, height: 4 }, { resize: [1, 2] }, [1, 1, 2, 3]],
  "a width that is no number": [{ width: NaN }, { resize: [1, 2] }, [1, 1, 2, 3]],
  "a flat input of colours": [{}, {}, [1, 6]],
};

for (const [title, [image, spec, shape]] of Object.entries(MISFITS)) {
  Deno.test(`${title} is refused`, () => {
    assert.throws(
      () => preprocessPixels({ ...PAIR, ...image }, { ...RAW, ...spec }, shape),
      (error) => error instanceof KedgeError && error.data.code === "data/shape",
    );
  });
}
