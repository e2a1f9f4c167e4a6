/**
 * Reads 8-bit pixels as the first layer wants them. Preprocessing, and quantizing and transposing
 * behind it, are a table of 256 values for each channel, made once by the arithmetic of the reference:
 * so the bits stay the same, and no float pass is left.
 * @module
 */
import { KedgeError } from "../format/error.ts";
import type {
  LayerHook,
  Model,
  ModelOperator,
  Preprocess,
  TensorArray,
  TensorMap,
} from "../format/model.ts";
import { PLANAR } from "../format/needs.ts";
import {
  checkPicture,
  depthOf,
  pictureSize,
  type Pixels,
  preprocessPixels,
  preprocessValue,
  sourceChannels,
} from "../format/preprocess.ts";
import { outputOf, store } from "../reference/requantize.ts";
import type { Engine } from "./engine.ts";

/**
 * A picture as platforms give it, an `ImageData` for example. What is left out is the model's own
 * size, and as many channels as there are values for.
 */
export type Picture = Pick<Pixels, "data"> & Partial<Pixels>;

/** What reads pixels for one model. */
export interface PixelReader {
  /**
   * The model's first input.
   * @throws KedgeError `data/shape`.
   */
  toInput(image: Picture): Float32Array;
  /**
   * Runs the model on a picture.
   * @throws KedgeError `data/shape`, also when the model has other inputs.
   */
  run(image: Picture, onLayer?: LayerHook): TensorMap;
}

/** Where pixels go, and what they are there. */
interface Entry {
  /** The first operator that is left to run. */
  first: number;
  /** The activation that it reads. */
  tensor: number;
  /** Value of each 8-bit value, for each channel of the model. */
  tables: readonly TensorArray[];
  /** Whether the channels stand one behind the other. */
  planar: boolean;
}

/** What refuses pixels, for a model that has no preprocessing. */
export function noPixels({ provenance }: Model): PixelReader {
  const refuse = () => {
    throw new KedgeError({
      code: "data/preprocess",
      message: `Preprocessing a picture: the model "${provenance.name}" holds none`,
      hint: 'pack the model with a data manifest that has "preprocess", or give tensors to run()',
    });
  };
  return { toInput: refuse, run: refuse };
}

/** For models of one input: what reads pictures in its own size and colours, all values apart. */
export function plainPixels(model: Model, engine: Engine): PixelReader {
  const spec = preprocessOf(model);
  const input = model.tensors[model.inputs[0]];
  // Made when the first pixels come, for the sake of cold starts.
  let start: Entry | null = null;
  let entry: Entry | null = null;
  let view: TensorArray | null = null;
  const checked = (given: Picture): Pixels => {
    const image = complete(model, given);
    checkPicture(image, spec, input.shape);
    return image;
  };
  return {
    toInput(given) {
      const values = new Float32Array(input.size);
      look(checked(given), spec, start ??= inputEntry(model, spec), values);
      return values;
    },
    run(given, onLayer) {
      const image = checked(given);
      entry ??= skipOperators(model, inputEntry(model, spec));
      look(image, spec, entry, view ??= engine.view(entry.tensor));
      return engine.resume(entry.first, onLayer);
    },
  };
}

/** What reads all pictures: others are resized, and grey made out of colours, in float32. */
export function anyPixels(model: Model, engine: Engine): PixelReader {
  const spec = preprocessOf(model);
  const { name, shape } = model.tensors[model.inputs[0]];
  const plain = plainPixels(model, engine);
  const mixed = (image: Pixels): Float32Array | null => {
    const [height, width] = checkPicture(image, spec, shape);
    const own = image.width === width && image.height === height && isBytes(image.data) &&
      model.inputs.length === 1;
    return own && (spec.color !== "gray" || image.channels === 1)
      ? null
      : preprocessPixels(image, spec, shape);
  };
  return {
    toInput(given) {
      const image = complete(model, given);
      return mixed(image) ?? plain.toInput(image);
    },
    run(given, onLayer) {
      const image = complete(model, given);
      const values = mixed(image);
      return values ? engine.run({ [name]: values }, onLayer) : plain.run(image, onLayer);
    },
  };
}

/** Whether these are 8-bit values, as pixels are. */
export function isBytes(values: object): values is Uint8Array | Uint8ClampedArray {
  return values instanceof Uint8Array || values instanceof Uint8ClampedArray;
}

function preprocessOf({ preprocess }: Model): Preprocess {
  return preprocess as Preprocess;
}

/** Size and channels of a picture, where they are the model's. */
function complete(model: Model, given: Picture): Pixels {
  const { shape, size } = model.tensors[model.inputs[0]];
  // By name: what an ImageData has are no properties of its own.
  const own = { height: given.height ?? 1, width: given.width ?? size };
  const [outH, outW] = pictureSize(own, preprocessOf(model), shape);
  const { data, width = outW, height = outH } = given;
  return { data, width, height, channels: given.channels ?? data.length / (width * height) };
}

/**
 * What 8-bit pixels become in the first layer, a table for each channel; null where the model has no
 * preprocessing, or does not quantize its input at once.
 */
export function quantizedPixels(model: Model): readonly TensorArray[] | null {
  if (!model.preprocess) return null;
  const { tables } = skipOperators(model, inputEntry(model, model.preprocess));
  return tables[0] instanceof Int8Array ? tables : null;
}

/** The model's input, as preprocessing fills it. */
function inputEntry({ inputs: [tensor] }: Model, spec: Preprocess): Entry {
  const tables = Array.from(
    { length: depthOf(spec) },
    (_, channel) =>
      Float32Array.from({ length: 256 }, (_, value) => preprocessValue(spec, channel, value)),
  );
  return { first: 0, tensor, tables, planar: PLANAR && spec.layout === "NCHW" };
}

/** Takes the first operators of a model into the tables, as long as they move or change values alone. */
function skipOperators({ operators, tensors, outputs }: Model, start: Entry): Entry {
  let { first, tensor, tables, planar } = start;
  for (const { op, inputs, output, params, list } of operators) {
    const readers = operators.filter((other) => other.inputs.includes(tensor)).length;
    if (inputs[0] !== tensor || readers > 1 || outputs.includes(tensor)) break;
    const { shape } = tensors[tensor];
    if (op === "Quantize") {
      const { factor, min, max } = params as ModelOperator<"Quantize">["params"];
      const rule = outputOf(tensors[output], { min, max });
      const quantized = (value: number) => store(Math.fround(value * factor), rule);
      tables = tables.map((table) => Int8Array.from(table, quantized));
    } else if (PLANAR && op === "Transpose") {
      const [batch, channels] = shape;
      if (!planar || batch !== 1 || channels !== tables.length || list.join() !== "0,2,3,1") break;
      planar = false;
    } else if (op !== "Reshape") break;
    first++;
    tensor = output;
  }
  return { first, tensor, tables, planar };
}

/** Looks every value of a picture up. */
function look(
  { data, channels }: Pixels,
  spec: Preprocess,
  { tables, planar }: Entry,
  to: TensorArray,
): void {
  const [red, green, blue] = sourceChannels(spec, channels);
  const [first, second, third] = tables;
  const [step, gap] = PLANAR && planar ? [1, data.length / channels] : [tables.length, 1];
  for (let i = 0, at = 0; i < data.length; i += channels, at += step) {
    to[at] = first[data[i + red]];
    if (!second) continue;
    to[at + gap] = second[data[i + green]];
    to[at + 2 * gap] = third[data[i + blue]];
  }
}
