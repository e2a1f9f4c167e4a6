/** The HTTP service: every request it answers, and every one it refuses. */
import assert from "node:assert/strict";
import type { CoreGraph, Tensor } from "../../converters/graph/graph.ts";
import { pack, type PackMeta } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import type { LoadedModel } from "../../runtime/engine/session.ts";
import { hash32 } from "../../runtime/format/hash.ts";
import { createHandler } from "../../runtime/hosts/http_server.ts";
import { load } from "../../runtime/hosts/load.ts";
import { graphOf, NO_META, node } from "../helpers/small_models.ts";

const float = (name: string, shape: number[]): Tensor => ({ name, dtype: "float32", shape });
const sum = { factorA: 1, factorB: 1, min: -Infinity, max: Infinity };

/** Twice a picture of 1×2 pixels and 3 channels: what comes out is plain to see. */
const doubled: CoreGraph = graphOf(
  [node("Add", ["x", "x"], "y", sum)],
  [float("x", [1, 1, 2, 3]), float("y", [1, 1, 2, 3])],
  ["y"],
);

/** Sum and difference of two inputs. */
const pair: CoreGraph = graphOf(
  [
    node("Add", ["a", "b"], "sum", sum),
    node("Add", ["a", "b"], "difference", { ...sum, factorB: -1 }),
  ],
  [float("a", [2]), float("b", [2]), float("sum", [2]), float("difference", [2])],
  ["sum", "difference"],
);

const open = async (graph: CoreGraph, meta: Partial<PackMeta> = {}): Promise<LoadedModel> =>
  await load(await pack(graph, planMemory(graph), { ...NO_META, ...meta }));

const bytesOf = (values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** Six values and what becomes of them; as outputs they are exact in float32. */
const SIX = [1, -2.5, 3, 0, 5e5, -0.125];
const TWICE = [2, -5, 6, 0, 1e6, -0.25];

const META: Partial<PackMeta> = {
  labels: ["ant", "bee", "cat", "dog", "emu"],
  provenance: { name: "doubled.onnx", sha256: "ab".repeat(32), kedge: "0.1.0", recipe: "{}" },
  preprocess: {
    ...{ color: "bgr", resize: [1, 2], scale: 0.5, mean: [1], std: [2], layout: "NHWC" },
  },
};
const golden = [{
  inputs: [bytesOf(SIX)],
  outputs: [bytesOf(TWICE)],
  hashes: Uint32Array.of(hash32(bytesOf(TWICE))),
}];

const MODELS = {
  doubled: await open(doubled, META),
  checked: await open(doubled, { golden }),
  wrong: await open(doubled, {
    golden: [golden[0], { ...golden[0], outputs: [bytesOf(SIX)], hashes: Uint32Array.of(1) }],
  }),
  pair: await open(pair),
};
type Name = keyof typeof MODELS;

function ask(model: Name, path: string, init?: RequestInit): Promise<Response> {
  return createHandler(MODELS[model])(new Request(`http://gateway.test${path}`, init));
}

const post = (
  body: BodyInit | null,
  type?: string,
  headers: Record<string, string> = {},
): RequestInit => ({
  ...{ method: "POST", body },
  headers: type ? { "content-type": type, ...headers } : headers,
});

const json = (value: unknown) => post(JSON.stringify(value), "application/json");

/** Requests that are answered with the outputs of a model. */
const ANSWERED: [string, Name, string, RequestInit, Record<string, number[]>][] = [
  ["flat numbers", "doubled", "", json({ inputs: { x: SIX } }), { y: TWICE }],
  [
    "nested numbers",
    "doubled",
    "",
    json({
      inputs: { x: [[[SIX.slice(0, 3), SIX.slice(3)]]] },
    }),
    { y: TWICE },
  ],
  ["a bare list for the only input", "doubled", "", json({ inputs: SIX }), { y: TWICE }],
  ["a nested bare list", "doubled", "", json({ inputs: [[SIX]] }), { y: TWICE }],
  ["more than is asked for", "doubled", "?v=1", json({ id: 7, inputs: { x: SIX, z: 1 } }), {
    y: TWICE,
  }],
  [
    "a content type with a charset",
    "doubled",
    "",
    post(JSON.stringify({ inputs: SIX }), "application/json; charset=utf-8"),
    { y: TWICE },
  ],
  [
    "no content type",
    "doubled",
    "",
    post(new TextEncoder().encode(JSON.stringify({ inputs: SIX }))),
    { y: TWICE },
  ],
  ["raw bytes", "doubled", "", post(bytesOf(SIX), "application/octet-stream"), { y: TWICE }],
  // BGR, 2 × (value / 2 − 1) / 2: (v − 2) / 2 for v = 6, 4, 2 and 12, 10, 8.
  [
    "pixels",
    "doubled",
    "?width=2&height=1&channels=3",
    post(Uint8Array.of(2, 4, 6, 8, 10, 12), "application/x-pixels"),
    { y: [2, 1, 0, 5, 4, 3] },
  ],
  [
    "pixels with alpha, larger than the model's",
    "doubled",
    "?width=2&height=2&channels=4",
    post(
      Uint8Array.of(0, 4, 6, 1, 8, 8, 12, 2, 4, 4, 6, 3, 8, 12, 12, 4),
      "application/x-pixels",
    ),
    { y: [2, 1, 0, 5, 4, 3] },
  ],
  ["two inputs by name", "pair", "", json({ inputs: { b: [1, 2], a: [10, 20] } }), {
    sum: [11, 22],
    difference: [9, 18],
  }],
  [
    "two inputs as raw bytes, in order",
    "pair",
    "",
    post(bytesOf([10, 20, 1, 2]), "application/octet-stream"),
    { sum: [11, 22], difference: [9, 18] },
  ],
];

for (const [title, model, query, init, outputs] of ANSWERED) {
  Deno.test(`POST /v1/infer answers ${title}`, async () => {
    const response = await ask(model, `/v1/infer${query}`, init);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/json");
    const answer = await response.json();
    assert.deepEqual(answer.outputs, outputs);
    assert(answer.milliseconds >= 0);
  });
}

Deno.test("POST /v1/infer names the best classes, best first, equals by number", async () => {
  const best = async (options: { topK?: number }) => {
    const handle = createHandler(MODELS.doubled, options);
    const request = json({ inputs: [3, 1, 3, 0, 5, 4] });
    return (await (await handle(new Request("http://h/v1/infer", request))).json()).top;
  };
  assert.deepEqual(await best({ topK: 4 }), [
    { index: 4, score: 10, label: "emu" },
    { index: 5, score: 8, label: "" },
    { index: 0, score: 6, label: "ant" },
    { index: 2, score: 6, label: "cat" },
  ]);
  assert.equal((await best({})).length, 5);
});

Deno.test("POST /v1/infer answers raw bytes of all outputs in order when asked to", async () => {
  for (const accept of ["application/octet-stream", "text/html, application/octet-stream;q=0.9"]) {
    const init = post(JSON.stringify({ inputs: { a: [10, 20], b: [1, 2] } }), "application/json", {
      accept,
    });
    const response = await ask("pair", "/v1/infer", init);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/octet-stream");
    assert.deepEqual(await response.bytes(), bytesOf([11, 22, 9, 18]));
  }
});

Deno.test("requests at the same time do not mix", async () => {
  const handle = createHandler(MODELS.pair);
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const init = json({ inputs: { a: [i, 0], b: [1, i] } });
      return (await (await handle(new Request("http://h/v1/infer", init))).json()).outputs.sum;
    }),
  );
  assert.deepEqual(answers, Array.from({ length: 50 }, (_, i) => [i + 1, i]));
});

Deno.test("GET /v1/health says that the service runs", async () => {
  const response = await ask("doubled", "/v1/health");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "ok" });
});

Deno.test("GET /v1/model says what the model is", async () => {
  const response = await ask("doubled", "/v1/model");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    ...{ name: "doubled.onnx", sha256: "ab".repeat(32), kedge: "0.1.0" },
    inputs: [{ name: "x", dtype: "float32", shape: [1, 1, 2, 3] }],
    outputs: [{ name: "y", dtype: "float32", shape: [1, 1, 2, 3] }],
    ...{ labels: META.labels, preprocess: META.preprocess, operators: 1, arenaBytes: 32 },
  });
});

Deno.test("GET /v1/check runs the golden samples here", async () => {
  const check = async (model: Name) => {
    const response = await ask(model, "/v1/check");
    assert.equal(response.status, 200);
    return await response.json();
  };
  const good = { samples: 1, bitExact: true, mismatch: null, maxAbsError: 0 };
  assert.deepEqual(await check("checked"), good);
  assert.deepEqual(await check("pair"), { ...good, samples: 0, bitExact: null });
  assert.deepEqual(await check("wrong"), {
    ...{ samples: 2, bitExact: false, maxAbsError: 5e5 },
    mismatch: { golden: 1, index: 0, layer: "Add y", op: "Add" },
  });
});

Deno.test("the handler serves over a socket", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    createHandler(MODELS.doubled),
  );
  try {
    const url = `http://127.0.0.1:${server.addr.port}/v1/infer`;
    const response = await fetch(url, post(bytesOf(SIX), "application/octet-stream"));
    assert.deepEqual((await response.json()).outputs, { y: TWICE });
    const other = await fetch(url);
    assert.equal(other.status, 405);
    assert.equal((await other.json()).error.code, "usage/method");
  } finally {
    await server.shutdown();
  }
});
