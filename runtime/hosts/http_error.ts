/**
 * Errors of the HTTP service.
 * @module
 */
import { type ErrorData, KedgeError } from "../format/error.ts";

/** The error of a request that cannot be taken. */
export function refuse(
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

/** An answer with an error of the service itself. */
export function fail(
  status: number,
  code: ErrorData["code"],
  message: string,
  wanted: string,
  headers: HeadersInit = {},
): Response {
  return answerError(status, { code, message, wanted }, headers);
}

/** An answer with an error as data. */
export function answerError(
  status: number,
  error: ErrorData,
  headers: HeadersInit = {},
): Response {
  return Response.json({ error }, { status, headers });
}

/** The data of a KedgeError; by shape, as the emitted server and module each hold that class. */
export function errorData(error: unknown): ErrorData | null {
  return error instanceof Error && error.name === "KedgeError" &&
      "data" in error
    ? error.data as ErrorData
    : null;
}
