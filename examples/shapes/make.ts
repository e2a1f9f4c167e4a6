/**
 * Trains the example model and draws its labelled sample: `deno task example`. The files that it
 * writes are in the repository; it has to be run only when the example itself changes.
 * @module
 */
import { seededRandom } from "../../converters/data/random.ts";
import { CLASSES, drawAll } from "./draw.ts";
import { exportOnnx } from "./export_onnx.ts";
import { makeNetwork } from "./network.ts";
import { accuracy, train } from "./train.ts";
import { writeNpz } from "./write_npz.ts";

const PICTURES = 4000;
const TEST_PICTURES = 2000;
const SAMPLE_PICTURES = 400;
const EPOCHS = 22;

const random = seededRandom(1);
const network = makeNetwork(random);
train(network, {
  epochs: EPOCHS,
  pictures: PICTURES,
  batchSize: 32,
  learningRate: 0.004,
  random,
  onEpoch: (epoch, loss) => console.log(`epoch ${epoch + 1}/${EPOCHS}: loss ${loss.toFixed(3)}`),
});
const sample = drawAll(SAMPLE_PICTURES, random);
const test = drawAll(TEST_PICTURES, random);
const manifest = {
  data: "sample.npz",
  preprocess: { color: "rgb", scale: 1 / 255 },
  metric: "top1",
  labels: CLASSES,
};
const write = (name: string, bytes: Uint8Array) =>
  Deno.writeFile(new URL(name, import.meta.url), bytes);
await write("model.onnx", exportOnnx(network));
await write("sample.npz", writeNpz(sample));
await write("data.json", new TextEncoder().encode(JSON.stringify(manifest, null, 2) + "\n"));
console.log(`accuracy: ${accuracy(network, test)} on ${TEST_PICTURES} new pictures`);
console.log(`accuracy: ${accuracy(network, sample)} on the sample`);
