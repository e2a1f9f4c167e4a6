/**
 * An emitted bundle of target `deno`.
 * @module
 */
import { config, readInputs, serve } from "./serve.ts";

/** What an emitted module exports, as far as it is used here. */
interface Bundle {
  load(): Promise<Loaded>;
  run(loaded: Loaded, inputs: TensorMap, onLayer?: () => void): TensorMap;
}

interface Loaded {
  readonly model: {
    readonly tensors: readonly { name: string; dtype: string }[];
    readonly inputs: readonly number[];
    readonly outputs: readonly number[];
  };
}

type TensorMap = Record<string, Float32Array | Int8Array>;

const given = config<{ module: string }>();
const { load, run }: Bundle = await import(given.module);
const loaded = await load();
const { tensors, inputs, outputs } = loaded.model;
const values = readInputs(given);
const feed: TensorMap = Object.fromEntries(inputs.map((index, i) => {
  const { name, dtype } = tensors[index];
  return [name, dtype === "int8" ? Int8Array.from(values[i]) : values[i]];
}));
await serve(given, {
  run: () => run(loaded, feed),
  output: (result) => (result as TensorMap)[tensors[outputs[0]].name],
  layers: (times) => void run(loaded, feed, () => times.push(performance.now())),
});
