/**
 * Data manifests (DESIGN.md §2): a JSON file that names the data and how to preprocess them.
 * @module
 */
import { KedgeError } from "../../runtime/format/error.ts";
import type { Preprocess } from "../../runtime/format/model.ts";
import { nearestName } from "./suggest.ts";

/** How accuracy is measured. */
export type Metric = "top1" | "top5" | "auc" | "mse" | "agreement";

/** Preprocessing as a manifest gives it; what is left out follows from the model's input. */
export type PreprocessFields = Partial<Omit<Preprocess, "layout">>;

/** A manifest, checked. */
export interface Manifest {
  /** Path of the data, relative to the manifest. */
  data: string;
  /** How pixels become the first input. */
  preprocess?: PreprocessFields;
  /** Added to every label. */
  classOffset?: number;
  /** How accuracy is measured. */
  metric?: Metric;
  /** Class names, in the order of the model's outputs. */
  labels?: string[];
}

/** What may stand in a field. */
interface Field {
  /** What it is, in words. */
  wanted: string;
  /** Values by name, where there are only some. */
  names?: readonly string[];
  /** The value to keep, or undefined where it is wrong. */
  read(value: unknown): unknown;
}

/** Class numbers beyond this are taken for a mistake. */
const MOST_CLASSES = 1_000_000;

const METRICS: readonly Metric[] = ["top1", "top5", "auc", "mse", "agreement"];

const isNumber = (value: unknown): value is number => Number.isFinite(value);

const isSize = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;

const oneOf = (names: readonly string[]): Field => ({
  wanted: `one of ${names.join(", ")}`,
  names,
  read: (value) => names.find((name) => name === value),
});

/** Packed as float32, so rounded here: then converter and runtime compute the same. */
const perChannel = (wanted: string, holds: (value: number) => boolean): Field => ({
  wanted: `${wanted}, or a list of 1 or 3 such numbers`,
  read: (value) => {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const good = list.length === 1 || list.length === 3;
    const floats = list.filter(isNumber).map(Math.fround).filter(holds);
    return good && floats.length === list.length ? floats : undefined;
  },
});

const PREPROCESS: Record<keyof PreprocessFields, Field> = {
  color: oneOf(["rgb", "bgr", "gray"]),
  resize: {
    wanted: "a size in pixels, or [height, width]",
    read: (value) => {
      const pair = Array.isArray(value) ? value : [value, value];
      return pair.length === 2 && pair.every(isSize) ? pair : undefined;
    },
  },
  scale: {
    wanted: "a number other than 0",
    read: (value) => isNumber(value) && Math.fround(value) !== 0 ? Math.fround(value) : undefined,
  },
  mean: perChannel("a number", isNumber),
  std: perChannel("a number above 0", (value) => value > 0),
};

const MANIFEST: Record<keyof Manifest, Field> = {
  data: { wanted: "a path", read: (value) => typeof value === "string" && value || undefined },
  preprocess: { wanted: "an object", read: (value) => isObject(value) ? value : undefined },
  classOffset: {
    wanted: `a whole number in −${MOST_CLASSES}…${MOST_CLASSES}`,
    read: (value) =>
      Number.isInteger(value) && Math.abs(Number(value)) <= MOST_CLASSES ? value : undefined,
  },
  metric: oneOf(METRICS),
  labels: {
    wanted: "a list of names",
    read: (value) =>
      Array.isArray(value) && value.every((name) => typeof name === "string") ? value : undefined,
  },
};

/**
 * Reads a manifest.
 * @param file its path for messages.
 * @throws KedgeError `data/manifest`, or `data/metric` for a metric that is not known.
 */
export function readManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : undefined;
    throw fault(file, "", "it is not JSON", { got, hint: "check commas and quotes" }, cause);
  }
  if (!isObject(json)) {
    throw fault(file, "", "it is not an object", {
      got: JSON.stringify(json).slice(0, 80),
      wanted: '{"data": …}',
    });
  }
  const { data, ...fields } = readFields(json, MANIFEST, file, "");
  if (typeof data !== "string") {
    throw fault(file, "data", '"data" is missing', {
      wanted: MANIFEST.data.wanted,
      hint: 'add "data": "samples.npz" or the path of a folder of pictures',
    });
  }
  if (isObject(fields.preprocess)) {
    fields.preprocess = readFields(fields.preprocess, PREPROCESS, file, "preprocess.");
  }
  return { data, ...fields };
}

function readFields(
  json: Record<string, unknown>,
  known: Record<string, Field>,
  file: string,
  path: string,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(known, name)) {
      throw fault(file, path + name, `"${path}${name}" is not known`, {
        got: name,
        wanted: `one of ${Object.keys(known).join(", ")}`,
        hint: didYouMean(name, Object.keys(known)) ?? "take it out",
      });
    }
    const { wanted, names = [], read } = known[name];
    fields[name] = read(value);
    if (fields[name] !== undefined) continue;
    throw fault(file, path + name, `"${path}${name}" does not fit`, {
      code: name === "metric" ? "data/metric" : "data/manifest",
      got: JSON.stringify(value).slice(0, 80),
      wanted,
      hint: didYouMean(String(value), names),
    });
  }
  return fields;
}

function didYouMean(given: string, names: readonly string[]): string | undefined {
  const near = nearestName(given, names);
  return near && `did you mean "${near}"?`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(
  file: string,
  field: string,
  found: string,
  more: { code?: `data/${string}`; got?: string; wanted?: string; hint?: string },
  cause?: unknown,
): KedgeError {
  return new KedgeError({
    code: "data/manifest",
    message: `Reading the data manifest "${file}": ${found}`,
    where: field ? { file, tensor: field } : { file },
    ...more,
  }, { cause });
}
