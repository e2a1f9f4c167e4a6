/** Requests that are broken rather than wrong. */
import assert from "node:assert/strict";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { createHandler } from "../../runtime/hosts/http_server.ts";
import { load } from "../../runtime/hosts/load.ts";
import { graphOf, NO_META, node } from "../helpers/small_models.ts";

const graph = graphOf(
  [node("Add", ["x", "x"], "y", { factorA: 1, factorB: 1, min: -Infinity, max: Infinity })],
  [{ name: "x", dtype: "float32", shape: [2] }, { name: "y", dtype: "float32", shape: [2] }],
  ["y"],
);
const handler = createHandler(await load(await pack(graph, planMemory(graph), NO_META)));

/** Status and error code of a POST to /v1/infer. */
async function post(body: BodyInit, type = "application/json"): Promise<[number, string]> {
  const headers = { "content-type": type };
  const request = new Request("http://host/v1/infer", { method: "POST", headers, body });
  const response = await handler(request);
  return [response.status, (await response.json()).error?.code ?? ""];
}

const nested = (depth: number, inner: string) =>
  `{"inputs":${"[".repeat(depth)}${inner}${"]".repeat(depth)}}`;

Deno.test("http: lists nested very deep are numbers all the same", async () => {
  assert.deepEqual(await post(nested(2000, "1,2")), [200, ""]);
  assert.deepEqual(await post(nested(2000, "1,2,3")), [400, "data/shape"]);
});

Deno.test("http: the content type's case does not matter", async () => {
  assert.deepEqual(await post(nested(1, "1,2"), "Application/JSON; charset=utf-8"), [200, ""]);
});

Deno.test("http: numbers beyond float32 are refused", async () => {
  assert.deepEqual(await post(nested(1, "1e300,2")), [400, "data/shape"]);
});

Deno.test("http: a body that breaks off is the sender's fault", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(4));
      controller.error(new Error("connection reset"));
    },
  });
  assert.deepEqual(await post(body), [400, "data/body"]);
});
