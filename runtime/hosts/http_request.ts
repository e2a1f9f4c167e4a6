/**
 * What a request brings: inputs as JSON, raw tensors or pixels.
 * @module
 */
import type { LoadedModel } from "../engine/session.ts";
import type { TensorMap } from "../format/model.ts";
import type { Pixels } from "../format/preprocess.ts";
import { errorData, refuse } from "./http_error.ts";

/**
 * Inputs of an inference by name, or pixels.
 * @param limit longest body, bytes.
 * @throws KedgeError `data/…`.
 */
export async function readInputs(
  request: Request,
  loaded: LoadedModel,
  limit: number,
): Promise<TensorMap | Pixels> {
  const { model } = loaded;
  const inputs = model.inputs.map((index) => model.tensors[index]);
  const type = (request.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  const body = await readBody(request, limit);
  if (type === "application/octet-stream") return split(body, inputs);
  if (type === "application/x-pixels") {
    const query = new URL(request.url).searchParams;
    const [width, height, channels] = ["width", "height", "channels"].map((
      key,
    ) => Number(query.get(key) ?? NaN));
    return { data: body, width, height, channels };
  }
  if (type !== "application/json" && type !== "") {
    throw refuse(
      "data/type",
      `content type "${type}" is not known`,
      type,
      TYPES,
    );
  }
  return parse(body, inputs);
}

const TYPES = "application/json, application/octet-stream or application/x-pixels";

/** Raw bytes to inputs: little-endian float32, all inputs in order. */
function split(
  body: Uint8Array,
  inputs: { name: string; size: number }[],
): TensorMap {
  const total = inputs.reduce((sum, input) => sum + input.size * 4, 0);
  if (body.length !== total) {
    throw refuse(
      "data/shape",
      "the body has another length",
      `${body.length} bytes`,
      `${total} bytes`,
    );
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  return Object.fromEntries(inputs.map(({ name, size }) => {
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++, at += 4) {
      values[i] = view.getFloat32(at, true);
    }
    return [name, values];
  }));
}

/** `{"inputs": {name: nested or flat numbers}}`; a bare list serves where there is one input. */
function parse(
  body: Uint8Array,
  inputs: { name: string; size: number }[],
): TensorMap {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw refuse(
      "data/json",
      "the body is not JSON",
      "",
      '{"inputs": {"name": [numbers]}}',
    );
  }
  const given = (json as { inputs?: unknown } | null)?.inputs;
  return Object.fromEntries(inputs.map(({ name, size }) => {
    const list = Array.isArray(given) && inputs.length === 1
      ? given
      : (given as Record<string, unknown> | undefined)?.[name];
    if (!Array.isArray(list)) {
      throw refuse(
        "data/shape",
        `input "${name}" is missing`,
        "",
        `${size} numbers`,
      );
    }
    const values = flatten(list, size);
    if (
      values.length !== size || !values.every((value) => Number.isFinite(Math.fround(value)))
    ) {
      const got = values.length === size ? "values that are no numbers" : `${values.length} values`;
      throw refuse(
        "data/shape",
        `input "${name}" does not fit`,
        got,
        `${size} numbers`,
      );
    }
    return [name, Float32Array.from(values)];
  }));
}

/** Numbers of a nested list, in order, one more than `most` at the most; NaN for what is no number. */
function flatten(list: readonly unknown[], most: number): number[] {
  const values: number[] = [];
  // A stack of its own: nesting may be deeper than calls can go.
  const open: { list: readonly unknown[]; at: number }[] = [{ list, at: 0 }];
  while (open.length && values.length <= most) {
    const last = open[open.length - 1];
    if (last.at === last.list.length) open.pop();
    else {
      const value = last.list[last.at++];
      if (Array.isArray(value)) open.push({ list: value, at: 0 });
      else values.push(typeof value === "number" ? value : NaN);
    }
  }
  return values;
}

/** Reads the body, but never more than the limit. */
async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const body = new Body(limit);
  try {
    for await (const part of request.body ?? []) body.add(part);
  } catch (error) {
    if (errorData(error)) throw error;
    throw refuse("data/body", "the body broke off", `${body.length} bytes`, "the whole body");
  }
  return body.bytes();
}

/** Parts of a body, up to a limit. */
class Body {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  constructor(readonly limit: number) {}

  add(part: Uint8Array): void {
    this.length += part.length;
    if (this.length > this.limit) {
      const got = `over ${this.limit} bytes`;
      throw refuse("data/size", "the body is too long", got, `${this.limit} bytes`);
    }
    this.#parts.push(part);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** Longest body taken: 32 characters a number in JSON, or a 16-megapixel picture with alpha. */
export function bodyLimit({ model }: LoadedModel): number {
  const values = model.inputs.reduce(
    (sum, index) => sum + model.tensors[index].size,
    0,
  );
  return Math.max(values * 32 + 65536, model.preprocess ? 64 << 20 : 0);
}
