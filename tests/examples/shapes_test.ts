/** The example's training: right gradients, same seed same bytes, an export that computes the same. */
import assert from "node:assert/strict";
import { seededRandom } from "../../converters/data/random.ts";
import { createOracle, openDataset } from "../../converters/data/mod.ts";
import { CLASSES, drawAll, SIZE } from "../../examples/shapes/draw.ts";
import { exportOnnx } from "../../examples/shapes/export_onnx.ts";
import { forward, makeNetwork, toBatch } from "../../examples/shapes/network.ts";
import { learnBatch, train } from "../../examples/shapes/train.ts";
import { writeNpz } from "../../examples/shapes/write_npz.ts";
import { FLOAT32_RELATIVE, NUMERICAL_GRADIENT } from "../helpers/tolerances.ts";

const EXAMPLE = new URL("../../examples/shapes/", import.meta.url);
const shapes = { input: [1, 3, SIZE, SIZE] };

/** Channels first, as the ONNX model takes them. */
function channelsFirst(pixels: Uint8Array): Float32Array {
  const plane = SIZE * SIZE;
  return Float32Array.from(
    { length: 3 * plane },
    (_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)] / 255,
  );
}

Deno.test("example: every layer's gradient is the slope of the loss", () => {
  const random = seededRandom(5);
  const network = makeNetwork(random);
  const pictures = drawAll(6, random);
  const all = pictures.labels.map((_, i) => i);
  learnBatch(network, pictures, all);
  const parameters = network.flatMap((layer) => layer.parameters);
  const gradients = parameters.map(({ gradient }) => gradient.slice());
  parameters.forEach(({ value }, p) => {
    // The steepest of some entries: small ones drown in float32's rounding.
    const picks = Array.from({ length: 20 }, () => Math.floor(random() * value.length));
    const i = picks.reduce((a, b) => Math.abs(gradients[p][a]) > Math.abs(gradients[p][b]) ? a : b);
    const step = 1e-3;
    const before = value[i];
    const [up, down] = [1, -1].map((sign) => {
      value[i] = before + sign * step;
      return learnBatch(network, pictures, all);
    });
    value[i] = before;
    const slope = (up - down) / (2 * step);
    const error = Math.abs(slope - gradients[p][i]);
    const { relative, absolute } = NUMERICAL_GRADIENT;
    assert.ok(
      error <= absolute + relative * Math.abs(slope),
      `parameter ${p}: ${slope} ${gradients[p][i]}`,
    );
  });
});

Deno.test("example: training learns, and the same seed gives the same bytes", () => {
  const run = () => {
    const random = seededRandom(2);
    const network = makeNetwork(random);
    const losses: number[] = [];
    const onEpoch = (_: number, loss: number) => losses.push(loss);
    train(network, {
      epochs: 2,
      pictures: 160,
      batchSize: 16,
      learningRate: 0.004,
      random,
      onEpoch,
    });
    return { losses, bytes: exportOnnx(network), sample: writeNpz(drawAll(4, random)) };
  };
  const [first, second] = [run(), run()];
  assert.ok(first.losses[1] < first.losses[0], String(first.losses));
  assert.deepEqual(first, second);
});

Deno.test("example: the exported model computes what the network computes", async () => {
  const random = seededRandom(3);
  const network = makeNetwork(random);
  const { pixels } = drawAll(10, random);
  const oracle = await createOracle(exportOnnx(network), { shapes });
  for (const picture of pixels) {
    const wanted = forward(network, toBatch([picture]), false).data;
    const [got] = await oracle.run([channelsFirst(picture)]);
    const range = Math.max(...wanted) - Math.min(...wanted);
    wanted.forEach((score, i) => assert.ok(Math.abs(score - got[i]) <= FLOAT32_RELATIVE * range));
  }
  await oracle.close();
});

Deno.test("example: the committed model names its committed sample", async () => {
  const oracle = await createOracle(await Deno.readFile(new URL("model.onnx", EXAMPLE)), {
    shapes,
  });
  const data = await openDataset(new URL("data.json", EXAMPLE).pathname, [
    { name: "input", shape: shapes.input },
  ]);
  assert.deepEqual(data.classNames, CLASSES);
  assert.equal(data.count, 400);
  let right = 0;
  for (let i = 0; i < data.count; i++) {
    const [scores] = await oracle.run(await data.inputs(i));
    right += Number(scores.indexOf(Math.max(...scores)) === data.labels?.[i]);
  }
  await oracle.close();
  assert.ok(right >= 0.9 * data.count, `${right} of ${data.count}`);
});
