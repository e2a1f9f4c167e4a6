/** How tests look at errors: expected ones are KedgeErrors with a code, all others are bugs. */
import assert from "node:assert/strict";
import { type ErrorData, KedgeError } from "../../runtime/format/error.ts";

/** No damaged file may keep a reader busy for longer. */
const LONGEST_MS = 2000;

/** For `assert.throws` and `assert.rejects`: a KedgeError with this code, and with these fields. */
export function refusal(code: string, fields: Partial<ErrorData> = {}) {
  return (error: unknown): true => {
    if (!(error instanceof KedgeError)) throw error;
    const { data } = error;
    assert.equal(data.code, code, data.message);
    for (const [key, value] of Object.entries(fields)) {
      assert.deepEqual(data[key as keyof ErrorData], value, key);
    }
    return true;
  };
}

/** Whether reading was refused by a KedgeError of an area; anything else that is thrown is a bug. */
export async function isRefused(
  area: string,
  read: () => unknown,
  title: string,
): Promise<boolean> {
  const started = performance.now();
  try {
    await read();
    return false;
  } catch (error) {
    const expected = error instanceof KedgeError && error.data.code.startsWith(`${area}/`);
    if (!expected) throw new Error(`${title}: ${error}`, { cause: error });
    return true;
  } finally {
    assert(performance.now() - started < LONGEST_MS, `${title}: took too long`);
  }
}

/** Every way to change one byte of a file by one of some patterns. */
export function* flipped(file: Uint8Array, patterns = [0xff, 0x01, 0x80]) {
  for (let at = 0; at < file.length; at++) {
    for (const pattern of patterns) {
      const bytes = Uint8Array.from(file);
      bytes[at] ^= pattern;
      yield { bytes, title: `byte ${at} ^ ${pattern}` };
    }
  }
}
