/**
 * Samples and labels out of named arrays.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import { fitArray } from "./fit.ts";
import type { Manifest } from "./manifest.ts";
import type { NpyArray } from "./npy.ts";
import type { ModelInput } from "./picture.ts";
import type { Samples } from "./samples.ts";

/** Largest float32 value. */
const LARGEST = 3.4028234663852886e38;

/**
 * Takes a model's inputs out of arrays with its inputs' names, or `x` (or the only array) for a model
 * with one input, and labels out of `y`. Preprocessing is for the first input.
 * @param file name for messages.
 * @throws KedgeError `data/inputs`, `data/empty`, `data/nan`, `data/shape`.
 */
export function openArrays(
  arrays: ReadonlyMap<string, NpyArray>,
  modelInputs: readonly ModelInput[],
  manifest: Manifest | null,
  file: string,
): Samples {
  const found = modelInputs.map((input) => findArray(arrays, modelInputs, input, file));
  const count = found[0].shape[0] ?? 0;
  if (count === 0) {
    throw new KedgeError({
      code: "data/empty",
      message: `Reading the samples of "${file}": there are none`,
      where: { file },
      got: `shape (${found[0].shape.join(", ")})`,
      wanted: "the number of samples as the first dimension",
    });
  }
  const fits = found.map((array, i) => {
    checkCount(array, count, modelInputs[i], file);
    checkFinite(array, modelInputs[i], file);
    return fitArray(array, modelInputs[i], i === 0 ? manifest?.preprocess ?? null : null, file);
  });
  const sizes = found.map(({ values }) => values.length / count);
  const labels = modelInputs.some(({ name }) => name === "y") ? null : arrays.get("y") ?? null;
  return {
    count,
    labels,
    preprocess: fits[0].preprocess,
    classNames: [],
    inputs: (sample) =>
      Promise.resolve(
        fits.map(({ convert }, i) =>
          convert(found[i].values.subarray(sample * sizes[i], (sample + 1) * sizes[i]))
        ),
      ),
  };
}

function findArray(
  arrays: ReadonlyMap<string, NpyArray>,
  modelInputs: readonly ModelInput[],
  { name }: ModelInput,
  file: string,
): NpyArray {
  const others = [...arrays.keys()].filter((key) => key !== "y");
  const only = modelInputs.length === 1
    ? arrays.get("x") ?? (others.length === 1 ? arrays.get(others[0]) : undefined)
    : undefined;
  const array = arrays.get(name) ?? only;
  if (array) return array;
  const names = modelInputs.map((input) => `"${input.name}"`).join(", ");
  throw new KedgeError({
    code: "data/inputs",
    message: `Reading the samples of "${file}": there is no array for the model's input "${name}"`,
    where: { file, tensor: name },
    got: [...arrays.keys()].map((key) => `"${key}"`).join(", "),
    wanted: modelInputs.length === 1 ? `${names} or "x"` : names,
    hint: "name the arrays as the model's inputs: numpy.savez(file, name=samples, y=labels)",
  });
}

function checkCount({ shape }: NpyArray, count: number, { name }: ModelInput, file: string): void {
  if (shape[0] === count) return;
  throw new KedgeError({
    code: "data/inputs",
    message: `Reading the samples of "${file}": the inputs have different numbers of samples`,
    where: { file, tensor: name },
    got: String(shape[0] ?? 0),
    wanted: String(count),
  });
}

function checkFinite({ values, type, shape }: NpyArray, { name }: ModelInput, file: string): void {
  if (!type.startsWith("f")) return;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) <= LARGEST) continue;
    const sample = Math.floor(i / (values.length / shape[0]));
    throw new KedgeError({
      code: "data/nan",
      message: `Reading the samples of "${file}": sample ${sample} holds a value that is no number`,
      where: { file, tensor: name },
      got: String(values[i]),
      wanted: "finite float32 values",
      hint: "look for divisions by 0 where the samples were made",
    });
  }
}
