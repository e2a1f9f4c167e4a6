/** Files that are no ONNX model, or only a part of one. */
import assert from "node:assert/strict";
import { KedgeError } from "../../runtime/format/error.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { REFERENCE } from "../helpers/backends.ts";
import { convertOnnx } from "../helpers/convert.ts";
import { refusal } from "../helpers/import_error.ts";
import { smallCnn } from "../helpers/onnx_models.ts";
import { Random } from "../helpers/random.ts";

const text = (content: string) => new TextEncoder().encode(content);

Deno.test("an empty file is said to be empty", async () => {
  const { code, where } = await refusal(new Uint8Array(0));
  assert.equal(code, "model/empty");
  assert.deepEqual(where, { file: "model.onnx" });
});

Deno.test("a model cut at any length is refused", async () => {
  const whole = smallCnn();
  const step = Math.max(Math.floor(whole.length / 150), 1);
  for (let length = 1; length < whole.length; length += step) {
    const { code, message } = await refusal(whole.subarray(0, length));
    assert.match(code, /^model\//, `${length} bytes`);
    assert.ok(message.includes("model.onnx") || message.includes("tensor"), message);
  }
});

Deno.test("a cut model is said to be truncated", async () => {
  const whole = smallCnn();
  for (const length of [whole.length - 1, whole.length >> 1, 10]) {
    assert.equal((await refusal(whole.subarray(0, length))).code, "model/truncated");
  }
});

const OTHER_FILES: Record<string, Uint8Array> = {
  "PNG": Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13),
  "JPEG": Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46),
  "ZIP": Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0),
  "TensorFlow Lite": Uint8Array.of(28, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33, 0, 0),
  "HDF5": Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10),
  "JSON": text('{\n  "format": "layers-model"\n}'),
  "HTML": text("<!DOCTYPE html><html><body>404</body></html>"),
  "Git LFS": text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
  "NumPy": Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0),
  "gzip": Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0),
  "GGUF": text("GGUF\x03\0\0\0"),
};

for (const [kind, bytes] of Object.entries(OTHER_FILES)) {
  Deno.test(`a ${kind} file is named as what it is`, async () => {
    const { code, got } = await refusal(bytes);
    assert.equal(code, "model/wrong-type");
    assert.ok(got?.includes(kind), got);
  });
}

Deno.test("random bytes are refused", async () => {
  const random = new Random(1);
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: random.int(1, 400) }, () => random.int(0, 255));
    assert.match((await refusal(bytes)).code, /^model\//);
  }
});

Deno.test("a model with any bit changed converts and runs, or is refused by a model error", async () => {
  const whole = smallCnn();
  const random = new Random(2);
  let converted = 0;
  for (let round = 0; round < 1500; round++) {
    const bytes = whole.slice();
    for (let flips = random.int(1, 3); flips > 0; flips--) {
      bytes[random.int(0, bytes.length - 1)] ^= 1 << random.int(0, 7);
    }
    converted += await converts(bytes) ? 1 : 0;
  }
  // Most of the bytes are weights, which may be anything.
  assert.ok(converted > 500, `${converted} converted`);
});

/** Whether a model is converted; what is must read back and, unless it grew large, run. */
async function converts(bytes: Uint8Array): Promise<boolean> {
  const packed = await convertOnnx(bytes).catch((error) => {
    if (error instanceof KedgeError && error.data.code.startsWith("model/")) return null;
    throw error;
  });
  if (!packed) return false;
  const { inputs, tensors, arenaBytes } = readModel(packed);
  if (arenaBytes > 1 << 20) return true;
  const given = inputs.map((i) => [tensors[i].name, new Float32Array(tensors[i].size)]);
  await REFERENCE.run(packed, Object.fromEntries(given));
  return true;
}
