/** Pictures in other views, worked by hand. */
import assert from "node:assert/strict";
import {
  type PictureLayout,
  pictureLayout,
  randomView,
  seededRandom,
  type View,
  viewOf,
} from "../../converters/data/mod.ts";
import type { Preprocess } from "../../runtime/format/model.ts";

const SAME: View = { flip: false, zoom: 1, shift: [0, 0] };
const GRAY: PictureLayout = { height: 2, width: 3, depth: 1, layout: "NHWC" };

const VIEWS: [name: string, view: Partial<View>, wanted: number[]][] = [
  ["as it is", {}, [1, 2, 3, 4, 5, 6]],
  ["flipped", { flip: true }, [3, 2, 1, 6, 5, 4]],
  ["one to the right, the border repeated", { shift: [1, 0] }, [1, 1, 2, 4, 4, 5]],
  ["one down", { shift: [0, 1] }, [1, 2, 3, 1, 2, 3]],
  ["flipped, then to the right", { flip: true, shift: [1, 0] }, [3, 3, 2, 6, 6, 5]],
  ["half a pixel to the left", { shift: [-0.5, 0] }, [1.5, 2.5, 3, 4.5, 5.5, 6]],
  // The columns are ½ from the middle then and the rows ¼: of 1.5 and 4.5 a quarter, for example.
  ["twice as large", { zoom: 2 }, [2.25, 2.75, 3.25, 3.75, 4.25, 4.75]],
];
for (const [name, view, wanted] of VIEWS) {
  Deno.test(`a view by hand: ${name}`, () => {
    const picture = Float32Array.of(1, 2, 3, 4, 5, 6);
    assert.deepEqual([...viewOf(picture, GRAY, { ...SAME, ...view })], wanted);
    assert.deepEqual([...picture], [1, 2, 3, 4, 5, 6]);
  });
}

Deno.test("channels first and channels last give the same views", () => {
  const random = seededRandom(1);
  const [height, width, depth] = [5, 4, 3];
  const last = Float32Array.from({ length: height * width * depth }, random);
  const firstOf = (values: Float32Array) =>
    values.map((_, i) => values[i % (height * width) * depth + Math.floor(i / (height * width))]);
  const base = { height, width, depth };
  for (let i = 0; i < 20; i++) {
    const view = randomView(random, { ...base, layout: "NHWC" });
    const made = viewOf(last, { ...base, layout: "NHWC" }, view);
    assert.deepEqual(viewOf(firstOf(last), { ...base, layout: "NCHW" }, view), firstOf(made));
    assert.ok(made.every((value) => value >= 0 && value <= 1));
  }
});

const GRAYS: Preprocess = {
  ...{ color: "gray", resize: null, scale: 1, mean: [0], std: [1], layout: "NHWC" },
};
const COLOURS: Preprocess = { ...GRAYS, color: "rgb", layout: "NCHW" };
const LAYOUTS: [shape: number[], preprocess: Preprocess | null, wanted: number[] | null][] = [
  [[1, 3, 8, 6], COLOURS, [8, 6, 3]],
  [[1, 8, 6, 3], { ...COLOURS, layout: "NHWC" }, [8, 6, 3]],
  [[1, 28, 20], GRAYS, [28, 20, 1]],
  [[1, 784], GRAYS, [28, 28, 1]],
  [[1, 600], { ...GRAYS, resize: [30, 20] }, [30, 20, 1]],
  [[1, 600], GRAYS, null],
  [[1, 784], null, null],
];
for (const [shape, preprocess, wanted] of LAYOUTS) {
  Deno.test(`pictures in ${shape.join("×")}: ${wanted ? wanted.join("×") : "none"}`, () => {
    const found = pictureLayout(preprocess, shape);
    assert.deepEqual(found && [found.height, found.width, found.depth], wanted);
  });
}

Deno.test("the same seed gives the same views", () => {
  const views = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 4 }, () => randomView(random, GRAY));
  };
  assert.deepEqual(views(3), views(3));
  assert.notDeepEqual(views(3), views(4));
  const random = seededRandom(3);
  assert.ok(views(3).some(({ flip }) => flip));
  for (const { zoom, shift } of views(3)) {
    assert.deepEqual(randomView(random, GRAY, false), { flip: false, zoom, shift });
  }
});
