/** Requests that the HTTP service refuses: each with its status and its error as data. */
import assert from "node:assert/strict";
import type { Tensor } from "../../converters/graph/graph.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { createHandler } from "../../runtime/hosts/http_server.ts";
import { load } from "../../runtime/hosts/load.ts";
import { graphOf, NO_META, node } from "../helpers/small_models.ts";

const float = (name: string, shape: number[]): Tensor => ({ name, dtype: "float32", shape });

/** Its input has 6 values, so that a body may have 6 × 32 + 65536 bytes. */
const LIMIT = 6 * 32 + 65536;
const graph = graphOf(
  [node("Unary", ["x"], "y", { kind: 0, alpha: 0, beta: 0 })],
  [float("x", [1, 1, 2, 3]), float("y", [1, 1, 2, 3])],
  ["y"],
);
const plan = planMemory(graph);
const preprocess = {
  ...{ color: "rgb", resize: [1, 2], layout: "NHWC" } as const,
  ...{ scale: 1, mean: [0], std: [1] },
};
const plain = createHandler(await load(await pack(graph, plan, NO_META)));
const pictures = createHandler(await load(await pack(graph, plan, { ...NO_META, preprocess })));

interface Refusal {
  handler?: typeof plain;
  path?: string;
  method?: string;
  type?: string;
  body?: BodyInit;
  status: number;
  /** Fields that the error has to have. */
  error: Record<string, string>;
}

const missing = {
  ...{ code: "data/shape", message: 'Reading the request: input "x" is missing' },
  wanted: "6 numbers",
};
const misfit = {
  ...{ code: "data/shape", message: 'Reading the request: input "x" does not fit' },
  wanted: "6 numbers",
};
const notJson = { code: "data/json", message: "Reading the request: the body is not JSON" };
const badPixels = { code: "data/shape" };
const JSON_TYPE = "application/json";
const RAW_TYPE = "application/octet-stream";
const PIXEL_TYPE = "application/x-pixels";
const pixels = (query: string, body: Uint8Array<ArrayBuffer>): Refusal => ({
  ...{ handler: pictures, type: PIXEL_TYPE, path: `/v1/infer${query}`, body },
  ...{ status: 400, error: badPixels },
});
const values = (text: string, error: Record<string, string>): Refusal => ({
  ...{ type: JSON_TYPE, body: text, status: 400, error },
});

const REFUSED: Record<string, Refusal> = {
  "no body": { type: JSON_TYPE, status: 400, error: notJson },
  "half a JSON document": values('{"inputs": {"x": [1, 2', notJson),
  "bytes that are no text": {
    ...{ type: JSON_TYPE, body: Uint8Array.of(0xff, 0xfe, 0x7b), status: 400, error: notJson },
  },
  "JSON null": values("null", missing),
  "a JSON number": values("3", missing),
  "a JSON list": values("[1, 2, 3, 4, 5, 6]", missing),
  "an object without inputs": values('{"x": [1, 2, 3, 4, 5, 6]}', missing),
  "inputs that are null": values('{"inputs": null}', missing),
  "inputs that are text": values('{"inputs": "123456"}', missing),
  "another input's name": values('{"inputs": {"X": [1, 2, 3, 4, 5, 6]}}', missing),
  "an input that is a number": values('{"inputs": {"x": 6}}', missing),
  "an input that is an object": values('{"inputs": {"x": {"0": 1}}}', missing),
  "no values": values('{"inputs": {"x": []}}', { ...misfit, got: "0 values" }),
  "a value too few": values('{"inputs": [1, 2, 3, 4, 5]}', { ...misfit, got: "5 values" }),
  "a value too many": values('{"inputs": {"x": [[1, 2, 3, 4], [5, 6, 7]]}}', {
    ...misfit,
    got: "7 values",
  }),
  "text among the values": values('{"inputs": [1, 2, 3, 4, 5, "6"]}', {
    ...misfit,
    got: "values that are no numbers",
  }),
  "null among the values": values('{"inputs": [1, 2, 3, 4, 5, null]}', misfit),
  "true among the values": values('{"inputs": [1, 2, 3, 4, 5, true]}', misfit),
  "a number beyond all doubles": values('{"inputs": [1, 2, 3, 4, 5, 1e999]}', misfit),
  "a byte too few": {
    ...{ type: RAW_TYPE, body: new Uint8Array(23), status: 400 },
    error: { code: "data/shape", got: "23 bytes", wanted: "24 bytes" },
  },
  "a byte too many": {
    ...{ type: RAW_TYPE, body: new Uint8Array(25), status: 400 },
    error: { code: "data/shape", got: "25 bytes", wanted: "24 bytes" },
  },
  "no raw bytes": {
    ...{ type: RAW_TYPE, status: 400 },
    error: { code: "data/shape", got: "0 bytes", wanted: "24 bytes" },
  },
  "a type that is not known": {
    ...{ type: "image/png", body: "x", status: 400 },
    error: {
      ...{ code: "data/type", got: "image/png" },
      wanted: "application/json, application/octet-stream or application/x-pixels",
    },
  },
  "pixels for a model without preprocessing": {
    ...{ type: PIXEL_TYPE, path: "/v1/infer?width=2&height=1&channels=3" },
    ...{ body: new Uint8Array(6), status: 400, error: { code: "data/preprocess" } },
  },
  "pixels without a size": pixels("", new Uint8Array(6)),
  "pixels without channels": pixels("?width=2&height=1", new Uint8Array(6)),
  "pixels of another size": pixels("?width=3&height=1&channels=3", new Uint8Array(6)),
  "pixels of two channels": pixels("?width=3&height=1&channels=2", new Uint8Array(6)),
  "pixels of a negative size": pixels("?width=-2&height=-1&channels=3", new Uint8Array(6)),
  "pixels of half a width": pixels("?width=0.5&height=4&channels=3", new Uint8Array(6)),
  "pixels of a size in words": pixels("?width=two&height=1&channels=3", new Uint8Array(6)),
  "no pixels at all": pixels("?width=0&height=0&channels=3", new Uint8Array()),
  "a body that is too long": {
    ...{ type: JSON_TYPE, body: " ".repeat(LIMIT + 1), status: 413 },
    error: { code: "data/size", wanted: `${LIMIT} bytes` },
  },
  "raw bytes that are too long": {
    ...{ type: RAW_TYPE, body: new Uint8Array(LIMIT + 1), status: 413 },
    error: { code: "data/size", got: `over ${LIMIT} bytes` },
  },
  "another path": {
    ...{ method: "GET", path: "/v1/other", status: 404 },
    error: {
      ...{ code: "usage/path", message: 'No such path: "/v1/other"' },
      wanted: "/v1/health, /v1/model, /v1/check, /v1/infer",
    },
  },
  "a path with a slash behind it": {
    ...{ path: "/v1/infer/", status: 404, error: { code: "usage/path" } },
  },
  "a path of every object": {
    ...{ method: "GET", path: "/constructor", status: 404, error: { code: "usage/path" } },
  },
};

for (const [title, refusal] of Object.entries(REFUSED)) {
  Deno.test(`${title}: ${refusal.status} ${refusal.error.code}`, async () => {
    const { handler = plain, path = "/v1/infer", method = "POST", type, body } = refusal;
    const headers: HeadersInit = type ? { "content-type": type } : {};
    const init = method === "GET" ? {} : { method, body, headers };
    const response = await handler(new Request(`http://gateway.test${path}`, init));
    assert.equal(response.status, refusal.status);
    assert.equal(response.headers.get("content-type"), "application/json");
    const { error } = await response.json();
    assert.deepEqual({ ...error, ...refusal.error }, error);
    assert(error.message.length > 0);
  });
}

const METHODS: Record<string, string> = {
  "/v1/infer": "POST",
  "/v1/model": "GET",
  "/v1/health": "GET",
  "/v1/check": "GET",
};

for (const [path, allowed] of Object.entries(METHODS)) {
  Deno.test(`${path} takes ${allowed} alone`, async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      if (method === allowed) continue;
      const response = await plain(new Request(`http://gateway.test${path}`, { method }));
      assert.equal(response.status, 405);
      assert.equal(response.headers.get("allow"), allowed);
      const { error } = await response.json();
      assert.deepEqual(error, {
        ...{ code: "usage/method", message: `No ${method} at "${path}"`, wanted: allowed },
      });
    }
  });
}

Deno.test("a body without end is cut off at the limit", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(1000).fill(0x20));
      pulled += 1000;
    },
    cancel: () => void (cancelled = true),
  });
  const headers = { "content-type": "application/json" };
  const request = new Request("http://gateway.test/v1/infer", { method: "POST", body, headers });
  const response = await plain(request);
  assert.equal(response.status, 413);
  assert.equal((await response.json()).error.code, "data/size");
  assert(pulled <= LIMIT + 10_000, `${pulled} bytes were read`);
  assert(cancelled);
});

Deno.test("a body as long as the limit is taken", async () => {
  const text = JSON.stringify({ inputs: [1, 2, 3, -4, 5, 6] }).padEnd(LIMIT);
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", body: text, headers };
  const response = await plain(new Request("http://gateway.test/v1/infer", init));
  assert.equal(response.status, 200);
  assert.deepEqual((await response.json()).outputs, { y: [1, 2, 3, 0, 5, 6] });
});
