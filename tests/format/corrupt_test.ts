/** Damaged files: every byte flipped and every length cut, with and without a fresh checksum. */
import assert from "node:assert/strict";
import { createEngine } from "../../runtime/engine/engine.ts";
import { noPixels } from "../../runtime/engine/pixels.ts";
import { selfCheck } from "../../runtime/engine/self_check.ts";
import * as steps from "../../runtime/engine/steps/mod.ts";
import { checksumOf } from "../../runtime/format/checksum.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Model, TensorMap } from "../../runtime/format/model.ts";
import { checksumPosition, readModel } from "../../runtime/format/reader.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { load } from "../../runtime/hosts/load.ts";
import { RELAXED } from "../../runtime/kernels/generated/relaxed.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { runReference } from "../../runtime/reference/mod.ts";
import { Random } from "../helpers/random.ts";
import { noise, packWithGolden, pictureGraph, vectorGraph } from "../helpers/small_models.ts";

/** What a length, an offset or a size is not expected to be. */
const WORDS = [0, 1, 2 ** 16, 2 ** 28, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const PATTERNS = [0xff, 0x01, 0x80];
/** No damaged file may keep the reader or a small model's run busy for longer. */
const LONGEST_MS = 10_000;

const KERNELS = [
  { relaxed: false, kernels: await WebAssembly.compile(fromBase64(SIMD)) },
  { relaxed: true, kernels: await WebAssembly.compile(fromBase64(RELAXED)) },
];

const FILES: Record<string, Uint8Array<ArrayBuffer>> = {
  "a convolution": await packWithGolden(pictureGraph(), [[noise(32)]], {
    preprocess: {
      ...{ color: "rgb", resize: [4, 4], scale: 1 / 255, layout: "NHWC" },
      ...{ mean: [0.5], std: [0.25] },
    },
    labels: ["cat", "dog"],
  }),
  "a dense layer": await packWithGolden(vectorGraph(), [[noise(12), noise(12, 2)]]),
};

/** Whether the error is one that the reader may throw; anything else is a bug. */
function isRefusal(error: unknown): boolean {
  if (error instanceof KedgeError && error.data.code.startsWith("model/")) return true;
  throw error;
}

/** A damaged file has to be refused, or to run with one result everywhere. */
async function assertSafe(bytes: Uint8Array<ArrayBuffer>, message: string) {
  const started = performance.now();
  try {
    return await judge(bytes);
  } catch (cause) {
    throw new Error(`${message}: ${cause}`, { cause });
  } finally {
    assert(performance.now() - started < LONGEST_MS, `${message}: took too long`);
  }
}

/** Runs what was read, everywhere, or says that the file was refused. */
async function judge(bytes: Uint8Array<ArrayBuffer>): Promise<"refused" | "ran"> {
  try {
    bytes.set(await checksumOf(bytes), checksumPosition(bytes));
    runEverywhere(readModel(bytes));
    return "ran";
  } catch (error) {
    isRefusal(error);
    return "refused";
  }
}

/** All engines must give the reference's bytes: anything else reads or writes where it must not. */
function runEverywhere(model: Model) {
  const inputs: TensorMap = {};
  for (const index of model.inputs) {
    const { name, size } = model.tensors[index];
    inputs[name] = noise(size, 7).map((value) => value * 100);
  }
  const wanted = runReference(model, inputs);
  for (const index of model.outputs) {
    const { name, size } = model.tensors[index];
    assert.equal(wanted[name].length, size);
  }
  for (const parts of KERNELS) {
    const engine = createEngine(model, { steps, ...parts });
    const got = engine.run(inputs);
    assert.deepEqual(bytesOf(got), bytesOf(wanted));
    selfCheck({ model, engine, pixels: noPixels(model) });
  }
}

function bytesOf(outputs: TensorMap): [string, Uint8Array][] {
  return Object.entries(outputs).map(([name, { buffer, byteOffset, byteLength }]) => [
    name,
    new Uint8Array(buffer, byteOffset, byteLength),
  ]);
}

for (const [title, file] of Object.entries(FILES)) {
  Deno.test(`${title}: ${file.length} bytes, each flipped, are refused by their checksum`, async () => {
    for (let at = 0; at < file.length; at++) {
      for (const pattern of PATTERNS) {
        const damaged = file.slice();
        damaged[at] ^= pattern;
        await assert.rejects(load(damaged), isRefusal, `byte ${at} ^ ${pattern}`);
      }
    }
  });

  Deno.test(`${title}: cut at every length, is refused`, async () => {
    for (let length = 0; length < file.length; length++) {
      await assert.rejects(load(file.slice(0, length)), isRefusal, `${length} bytes`);
    }
  });

  Deno.test(`${title}: cut at every length with a fresh checksum, is refused`, async () => {
    for (let length = 0; length < file.length; length++) {
      // What pads the last text may be missing.
      const padding = file.subarray(length).every((byte) => byte === 0);
      const wanted = padding ? "ran" : "refused";
      assert.equal(await assertSafe(file.slice(0, length), `${length} bytes`), wanted);
    }
  });

  Deno.test(`${title}: each byte flipped, with a fresh checksum, is refused or runs`, async () => {
    const seen = new Set<string>();
    for (let at = 0; at < file.length; at++) {
      for (const pattern of PATTERNS) {
        const damaged = file.slice();
        damaged[at] ^= pattern;
        seen.add(await assertSafe(damaged, `byte ${at} ^ ${pattern}`));
      }
    }
    // Weights, names and the golden sample are free to change; the structure is not.
    assert.deepEqual(seen, new Set(["refused", "ran"]));
  });

  Deno.test(`${title}: each word made extreme, with a fresh checksum, is refused or runs`, async () => {
    for (let at = 0; at < file.length; at += 4) {
      for (const word of WORDS) {
        const damaged = file.slice();
        new DataView(damaged.buffer).setUint32(at, word, true);
        await assertSafe(damaged, `word ${at} = ${word}`);
      }
    }
  });

  Deno.test(`${title}: random damage with a fresh checksum is refused or runs`, async () => {
    for (let seed = 0; seed < 3000; seed++) {
      await assertSafe(damage(file, new Random(seed)), `seed ${seed}`);
    }
  });
}

/** Changes a few bytes and moves a few words about. */
function damage(file: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const damaged = file.slice();
  const view = new DataView(damaged.buffer);
  const words = file.length >> 2;
  for (let count = random.int(1, 4); count > 0; count--) {
    const to = random.int(0, words - 1) * 4;
    const choice = random.int(0, 3);
    if (choice === 0) damaged[random.int(0, file.length - 1)] = random.int(0, 255);
    else if (choice === 1) view.setUint32(to, view.getUint32(random.int(0, words - 1) * 4));
    else if (choice === 2) view.setInt32(to, view.getInt32(to, true) + random.int(-32, 32), true);
    else view.setUint16(to + random.pick([0, 2]), random.int(0, 40), true);
  }
  return damaged;
}
