/**
 * What the layers of a packed model lose against the float model's.
 * @module
 */
import { type LoadedModel, run } from "../../runtime/engine/session.ts";
import type { TensorMap } from "../../runtime/format/model.ts";

/** Sums over all values of a tensor: float² , (float − packed)², packed², float · packed. */
interface Sums {
  signal: number;
  noise: number;
  packed: number;
  product: number;
}

/** Noise and direction of every layer's output over some samples, by output tensor name. */
export class LayerNoise {
  readonly #sums = new Map<string, Sums>();

  /** @param kept channels of the float model that the packed one has, by name of each tensor. */
  constructor(readonly kept: ReadonlyMap<string, number[]>) {}

  /** Runs one sample through both models and adds what their layers differ by. */
  observe(float: LoadedModel, packed: LoadedModel, inputs: TensorMap): void {
    const wanted = new Map<string, Float32Array>();
    run(float, inputs, (index, bytes) => {
      const tensor = float.model.tensors[float.model.operators[index].output];
      wanted.set(tensor.name, new Float32Array(bytes.slice().buffer));
    });
    run(packed, inputs, (index, bytes) => {
      const tensor = packed.model.tensors[packed.model.operators[index].output];
      const all = wanted.get(tensor.name);
      if (!all) return;
      const original = this.#left(float, tensor.name, all);
      const integer = tensor.dtype === "int8";
      const got = integer
        ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
        : new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      if (got.length !== original.length) return;
      const sums = this.#sums.get(tensor.name) ?? { signal: 0, noise: 0, packed: 0, product: 0 };
      for (let i = 0; i < got.length; i++) {
        const value = integer ? (got[i] - tensor.zeroPoint) * tensor.scale : got[i];
        sums.signal += original[i] ** 2;
        sums.noise += (original[i] - value) ** 2;
        sums.packed += value ** 2;
        sums.product += original[i] * value;
      }
      this.#sums.set(tensor.name, sums);
    });
  }

  /** 10·log10(signal / noise) of a tensor; null where it was not compared or is exact. */
  sqnrDb(name: string): number | null {
    const { signal, noise } = this.#sums.get(name) ?? { signal: 0, noise: 0 };
    return noise && signal ? 10 * Math.log10(signal / noise) : null;
  }

  /** Cosine of the angle between both outputs, −1…1; null where it was not compared or is zero. */
  cosine(name: string): number | null {
    const sums = this.#sums.get(name);
    if (!sums?.signal || !sums.packed) return null;
    return Math.min(1, sums.product / Math.sqrt(sums.signal * sums.packed));
  }

  /** Values of the channels that are left. */
  #left({ model }: LoadedModel, name: string, values: Float32Array): Float32Array {
    const stay = this.kept.get(name);
    if (!stay) return values;
    const channels = model.tensors.find((tensor) => tensor.name === name)!.shape.at(-1)!;
    return Float32Array.from(
      { length: values.length / channels * stay.length },
      (_, i) => values[Math.floor(i / stay.length) * channels + stay[i % stay.length]],
    );
  }
}
