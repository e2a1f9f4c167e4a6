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
import { type LoadedModel, run, summary, topK } from "../engine/session.ts";
import { answerError, errorData, fail } from "./http_error.ts";
import { bodyLimit, readInputs } from "./http_request.ts";

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
