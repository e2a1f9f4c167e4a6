/** A classifier with data that takes no time: random weights, and labels that are what it says itself. */
import { load } from "../../runtime/hosts/load.ts";
import { run } from "../../runtime/mod.ts";
import { convertOnnx } from "./convert.ts";
import { npy, zip } from "./numpy_files.ts";
import { onnxInput, onnxModel, onnxNode, onnxTensor } from "./onnx_builder.ts";
import { withFolder } from "./pictures.ts";
import { Random } from "./random.ts";

const SIDE = 8;
const CLASSES = 4;
const SAMPLES = 160;

/** Two convolutions and a dense layer, 1.7 k weights, on x[1,3,8,8]. */
function network(bias: number[]): Uint8Array<ArrayBuffer> {
  const random = new Random(3);
  const weights = (name: string, dims: number[], fan: number) => {
    const size = dims.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: size }, () => (random.next() * 2 - 1) * Math.sqrt(6 / fan));
    return onnxTensor(name, dims, values);
  };
  return onnxModel({
    name: "small_task",
    inputs: [onnxInput("x", [1, 3, SIDE, SIDE])],
    outputs: ["y"],
    initializers: [
      weights("w1", [8, 3, 3, 3], 27),
      weights("w2", [16, 8, 3, 3], 72),
      weights("w3", [CLASSES, 64], 1),
      onnxTensor("b3", [CLASSES], bias),
    ],
    nodes: [
      onnxNode("Conv", ["x", "w1"], ["conv1"], { pads: [1, 1, 1, 1] }),
      onnxNode("Relu", ["conv1"], ["r1"]),
      onnxNode("MaxPool", ["r1"], ["p1"], { kernel_shape: [2, 2], strides: [2, 2] }),
      onnxNode("Conv", ["p1", "w2"], ["conv2"], { pads: [1, 1, 1, 1] }),
      onnxNode("Relu", ["conv2"], ["r2"]),
      onnxNode("MaxPool", ["r2"], ["p2"], { kernel_shape: [2, 2], strides: [2, 2] }),
      onnxNode("Flatten", ["p2"], ["f"]),
      onnxNode("Gemm", ["f", "w3", "b3"], ["dense"], { transB: 1 }),
      onnxNode("Softmax", ["dense"], ["y"]),
    ],
  });
}

/** One of eight patterns, with noise. */
function pictures(): Float32Array[] {
  const random = new Random(5);
  const picture = () => Float32Array.from({ length: 3 * SIDE * SIDE }, () => random.next());
  const patterns = Array.from({ length: 8 }, picture);
  return Array.from({ length: 3 * SAMPLES }, (_, i) => {
    const noise = picture();
    return patterns[i % 8].map((value, k) => 0.8 * value + 0.2 * noise[k]);
  });
}

/** Scores of every picture. */
async function scores(model: Uint8Array, xs: readonly Float32Array[]): Promise<number[][]> {
  const loaded = await load(await convertOnnx(model) as Uint8Array<ArrayBuffer>);
  return xs.map((x) => [...run(loaded, x).y]);
}

/** Files of a task. */
export interface SmallTask {
  folder: string;
  model: string;
  data: string;
}

/** Writes model and data into a folder of their own, which goes when the test is done. */
export async function withSmallTask<T>(test: (task: SmallTask) => Promise<T>): Promise<T> {
  const { model, data } = await smallTask;
  return await withFolder(
    { "model.onnx": model, "data.npz": data },
    (folder) => test({ folder, model: `${folder}/model.onnx`, data: `${folder}/data.npz` }),
  );
}

const smallTask = makeTask();

async function makeTask(): Promise<{ model: Uint8Array; data: Uint8Array }> {
  const all = pictures();
  // So that all classes come as often.
  const first = await scores(network(new Array(CLASSES).fill(0)), all);
  const bias = Array.from(
    { length: CLASSES },
    (_, c) => -first.reduce((sum, row) => sum + Math.log(row[c]), 0) / all.length,
  );
  const model = network(bias);
  const said = await scores(model, all);
  const order = said.map((row) => row.map((_, c) => c).sort((a, b) => row[b] - row[a]));
  // None that a small error decides.
  const clear = [...all.keys()].filter((i) => {
    const [best, next] = order[i];
    return said[i][best] > 2 * said[i][next];
  }).slice(0, SAMPLES);
  const values = Float32Array.from(clear.flatMap((i) => [...all[i]]));
  const labels = Int32Array.from(clear, (i) => order[i][0]);
  const shape = `(${SAMPLES}, 3, ${SIDE}, ${SIDE})`;
  const data = zip([
    { name: "x.npy", data: npy(values, { shape }) },
    { name: "y.npy", data: npy(labels, { descr: "<i4", shape: `(${SAMPLES},)` }) },
  ]);
  return { model, data };
}
