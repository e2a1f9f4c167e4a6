/** Compact files: what is expanded is what was packed; damage is refused or harmless. */
import assert from "node:assert/strict";
import { compact } from "../../converters/coding/mod.ts";
import { pack } from "../../converters/pack/mod.ts";
import { planMemory } from "../../converters/plan/mod.ts";
import { expandFile } from "../../runtime/engine/unpack_kernels.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { isCompact } from "../../runtime/format/structure/expand.ts";
import { expand } from "../../runtime/format/structure/expand_file.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { load } from "../../runtime/hosts/load.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { Random } from "../helpers/random.ts";
import {
  NO_META,
  noise,
  packWithGolden,
  pictureGraph,
  vectorGraph,
} from "../helpers/small_models.ts";

const expandByKernel = expandFile(await WebAssembly.compile(fromBase64(SIMD)));

/** By the definition; the kernel has to do just the same, refuse too. */
function expandBoth(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const attempt = (expand: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) => {
    try {
      return expand(bytes);
    } catch (error) {
      if (error instanceof KedgeError && error.data.code === "model/corrupt") return error;
      throw error;
    }
  };
  const wanted = attempt((bytes) => expand(bytes));
  const got = attempt(expandByKernel);
  if (wanted instanceof KedgeError) {
    assert.ok(got instanceof KedgeError, "the kernel takes what is refused");
    throw wanted;
  }
  assert.deepEqual(got, wanted);
  return wanted;
}

const FILES: Record<string, Uint8Array<ArrayBuffer>> = {
  "a convolution": await packWithGolden(pictureGraph(), [[noise(32)]], { labels: ["cat", "dog"] }),
  "a dense layer": await packWithGolden(vectorGraph(), [[noise(12), noise(12, 2)]]),
  "noise": Uint8Array.from(noise(3000), (value) => value * 127),
  "zeros": new Uint8Array(70_000),
};

for (const [name, file] of Object.entries(FILES)) {
  for (const kept of [[], [{ start: 100, end: 333 }, { start: 340, end: 341 }]]) {
    Deno.test(`${name}, ${file.length} bytes, ${kept.length} stretches kept, comes back`, () => {
      const bytes = compact(file, kept);
      assert.ok(bytes.length <= file.length);
      assert.deepEqual(compact(file.slice(), kept), bytes, "the same bytes again");
      assert.deepEqual(expandBoth(bytes), file);
    });
  }
}

Deno.test("noise stays as it is", () => {
  assert.equal(compact(FILES.noise, []), FILES.noise);
});

Deno.test("a structure takes less than half of its bytes", () => {
  const file = FILES["a convolution"];
  assert.ok(compact(file, []).length < file.length / 2);
});

Deno.test("a compact model, damaged, is refused or expands alike everywhere", () => {
  const bytes = compact(FILES["a convolution"], [{ start: 200, end: 260 }]);
  const judge = (bytes: Uint8Array<ArrayBuffer>) => {
    try {
      expandBoth(bytes);
      return "expanded";
    } catch (error) {
      if (error instanceof KedgeError) return "refused";
      throw error;
    }
  };
  for (let at = 8; at < bytes.length; at += at < 32 ? 1 : 7) {
    for (const pattern of [1, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] ^= pattern;
      judge(damaged);
    }
  }
  for (let at = 8; at < bytes.length - 1; at += 5) {
    judge(bytes.slice(0, at));
  }
  const random = new Random(1);
  for (let count = 0; count < 50; count++) {
    const head = [0, random.int(0, 3), 0, 0, ...new TextEncoder().encode("KEDC"), random.int(0, 3)];
    judge(Uint8Array.from([...head, ...Array.from({ length: 60 }, () => random.int(0, 255))]));
  }
});

Deno.test("a damaged compact model does not load", async () => {
  const bytes = await pack(pictureGraph(), planMemory(pictureGraph()), {
    ...NO_META,
    coder: "auto",
  });
  assert.ok(isCompact(bytes));
  await load(bytes);
  for (let at = 0; at < bytes.length; at += 3) {
    const damaged = bytes.slice();
    damaged[at] ^= 0x40;
    await assert.rejects(load(damaged), (error) => error instanceof KedgeError, `byte ${at}`);
  }
});

Deno.test("a compact file reads as the plain one", async () => {
  const graph = pictureGraph();
  const plan = planMemory(graph);
  const plain = readModel(await pack(graph, plan, { ...NO_META, coder: "none" }));
  const bytes = await pack(graph, plan, { ...NO_META, coder: "auto" });
  const model = readModel(bytes);
  const strip = ({ tensors }: typeof model) =>
    tensors.map(({ coded: _, data, ...tensor }) => ({
      ...tensor,
      values: data && [...data],
    }));
  assert.deepEqual(strip(model), strip(plain));
});
