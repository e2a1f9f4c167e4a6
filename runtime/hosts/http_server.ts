/**
 * A bundle as a small HTTP service, for Deno Deploy and device gateways.
 *
 * | request | answer |
 * |---|---|
 * | `GET /v1/health` | `{"status":"ok"}` |
 * | `GET /v1/model` | names, shapes, labels, origin |
 * | `GET /v1/check` | golden samples run here, compared with the reference |
 * | `POST /v1/infer` | JSON `{"inputs":{name:[…]}}`, or raw little-endian float32 of all inputs in order (`application/octet-stream`), or 8-bit pixels (`application/x-pixels?width=W&height=H&channels=C`) |
 *
 * An inference answers JSON, or raw float32 of all outputs when asked with
 * `Accept: application/octet-stream`.
 * @module
 */
import { selfCheck } from "../engine/self_check.ts";
import { type LoadedModel, preprocess, run, summary, topK } from "../engine/session.ts";
import { type ErrorData, KedgeError } from "../format/error.ts";
import type { TensorMap } from "../format/model.ts";

/** How the service is set up. */
export interface ServerOptions {
  /** How many classes an answer names; 5 by default. */
  topK?: number;
}

/** Makes the request handler for a loaded model; it never throws. */
export function createHandler(
  loaded: LoadedModel,
  options: ServerOptions = {},
): (request: Request) => Promise<Response> {
  const limit = bodyLimit(loaded);
  return async (request) => {
    const { pathname } = new URL(request.url);
    const route = ROUTES[pathname];
    if (!route) {
      return fail(
        404,
        "usage/path",
        `No such path: "${pathname}"`,
        Object.keys(ROUTES).join(", "),
      );
    }
    if (request.method !== route.method) {
      return fail(
        405,
        "usage/method",
        `No ${request.method} at "${pathname}"`,
        route.method,
        {
          allow: route.method,
        },
      );
    }
    try {
      return await route.answer({
        request,
        loaded,
        limit,
        topK: options.topK ?? 5,
      });
    } catch (error) {
      const data = errorData(error);
      if (!data) {
        return fail(500, "bug/server", "Answering the request failed", "", {});
      }
      return answerError(data.code === "data/size" ? 413 : 400, data);
    }
  };
}

interface Exchange {
  request: Request;
  loaded: LoadedModel;
  limit: number;
  topK: number;
}

const ROUTES: Record<
  string,
  { method: string; answer(exchange: Exchange): Response | Promise<Response> }
> = {
  "/v1/health": {
    method: "GET",
    answer: () => Response.json({ status: "ok" }),
  },
  "/v1/model": {
    method: "GET",
    answer: ({ loaded }) => Response.json(summary(loaded)),
  },
  "/v1/check": {
    method: "GET",
    answer: ({ loaded }) => Response.json(selfCheck(loaded)),
  },
  "/v1/infer": { method: "POST", answer: infer },
};

async function infer(
  { request, loaded, limit, topK: k }: Exchange,
): Promise<Response> {
  const inputs = await readInputs(request, loaded, limit);
  const started = performance.now();
  const outputs = run(loaded, inputs);
  const milliseconds = performance.now() - started;
  const order = loaded.model.outputs.map((index) => loaded.model.tensors[index].name);
  if (request.headers.get("accept")?.includes("application/octet-stream")) {
    const parts = order.map((name) => outputs[name] as BlobPart);
    return new Response(new Blob(parts), {
      headers: { "content-type": "application/octet-stream" },
    });
  }
  return Response.json({
    outputs: Object.fromEntries(
      order.map((name) => [name, Array.from(outputs[name])]),
    ),
    top: topK(outputs[order[0]], k, loaded.model.labels),
    milliseconds,
  });
}

async function readInputs(
  request: Request,
  loaded: LoadedModel,
  limit: number,
): Promise<TensorMap> {
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
    return {
      [inputs[0].name]: preprocess(loaded, {
        data: body,
        width,
        height,
        channels,
      }),
    };
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
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > limit) {
      throw refuse(
        "data/size",
        "the body is too long",
        `over ${length - 1} bytes`,
        `${limit} bytes`,
      );
    }
    parts.push(part);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

/** Longest body taken: 32 characters a number in JSON, or a 16-megapixel picture with alpha. */
function bodyLimit({ model }: LoadedModel): number {
  const values = model.inputs.reduce(
    (sum, index) => sum + model.tensors[index].size,
    0,
  );
  return Math.max(values * 32 + 65536, model.preprocess ? 64 << 20 : 0);
}

function refuse(
  code: `data/${string}`,
  what: string,
  got: string,
  wanted: string,
): KedgeError {
  return new KedgeError({
    code,
    message: `Reading the request: ${what}`,
    got,
    wanted,
  });
}

function fail(
  status: number,
  code: ErrorData["code"],
  message: string,
  wanted: string,
  headers: HeadersInit = {},
): Response {
  return answerError(status, { code, message, wanted }, headers);
}

function answerError(
  status: number,
  error: ErrorData,
  headers: HeadersInit = {},
): Response {
  return Response.json({ error }, { status, headers });
}

/** The data of a KedgeError; by shape, as the emitted server and module each hold that class. */
function errorData(error: unknown): ErrorData | null {
  return error instanceof Error && error.name === "KedgeError" &&
      "data" in error
    ? error.data as ErrorData
    : null;
}
