/** Every kind of weights, coded in every way, comes back bit for bit; damage is refused or harmless. */
import assert from "node:assert/strict";
import { chain, codedBytes, type Coder, CODERS, encodeInt8 } from "../../converters/coding/mod.ts";
import { symbolsOf } from "../../converters/coding/rans.ts";
import { streamOf } from "../../converters/coding/stream.ts";
import * as decoders from "../../runtime/engine/unpack_kernels.ts";
import { KedgeError } from "../../runtime/format/error.ts";
import type { Coding } from "../../runtime/format/model.ts";
import { EXPONENTS } from "../../runtime/format/unpack/distribution.ts";
import type { Weights as PredictionWeights } from "../../runtime/format/unpack/predict.ts";
import { parametricModel, PREDICTED } from "../../runtime/format/unpack/rans.ts";
import * as unpackers from "../../runtime/format/unpack/mod.ts";
import {
  ByteSource,
  CODINGS,
  layoutOf,
  unpack,
  type Unpackers,
} from "../../runtime/format/unpack/unpack.ts";
import { fromBase64 } from "../../runtime/hosts/base64.ts";
import { SIMD } from "../../runtime/kernels/generated/simd.ts";
import { adaptiveStream } from "../helpers/adaptive_stream.ts";
import { Random } from "../helpers/random.ts";
import { WEIGHTS, type Weights } from "../helpers/weights.ts";

const kernels = await WebAssembly.compile(fromBase64(SIMD));
const compiled: Unpackers = {
  ...unpackers,
  rans: decoders.rans(kernels),
  adaptive: decoders.adaptive(kernels),
  concise: decoders.concise(kernels),
};

/** By the definition; the kernels have to do just the same, refuse too. */
function decode(coding: Coding, bytes: Uint8Array, shape: readonly number[]) {
  const attempt = (unpackers: Unpackers) => {
    const source = new ByteSource(bytes, "weights");
    try {
      const unpacked = unpack(unpackers, coding, source, layoutOf(shape));
      source.end();
      return unpacked;
    } catch (error) {
      if (error instanceof KedgeError && error.data.code === "model/corrupt") return error;
      throw error;
    }
  };
  const wanted = attempt(unpackers);
  const got = attempt(compiled);
  if (wanted instanceof KedgeError) {
    assert.ok(got instanceof KedgeError, "the kernel takes what is refused");
    throw wanted;
  }
  assert.deepEqual(got, wanted);
  return wanted;
}

/** Bytes that stand for values by themselves: two states stand in front of the code of symbols. */
const STATES = 8;

/** Share that rANS takes above the entropy: 14 bits of frequencies in states of at least 16 are rounded. */
const ROUNDED = 2 ** -11;

/** Codings that only older files hold. */
const OLD: ReadonlySet<Coding> = new Set(["adaptive"]);

/** A tensor as the only one that is coded. */
function encode({ values, shape }: Weights, coder: Coder) {
  const stream = encodeInt8(values, shape, coder);
  return { coding: stream.coding, bytes: chain([stream]) };
}

/** Codings, from the outermost inwards, that fixed widths make of each kind. */
const FIXED: Record<string, string> = {
  "int8": "int8",
  "int8, dense layer": "int8",
  "int8, depthwise, in order": "int8",
  "int8, all values": "int8",
  "int4": "int4",
  "int4, few": "int4",
  "int2": "int2",
  "ternary": "ternary",
  "binary": "binary",
  "pow2": "pow2+int4",
  "codebook": "codebook+int4",
  "codebook by channel": "codebook+bits",
  "groups of 16": "groups+bits+int4",
  "groups of 32": "groups+bits+int4",
  "groups of 128": "groups+bits+int4",
  "uneven groups": "groups+bits+int4",
  "2:4": "n_of_m",
  "dead channels": "live",
  "zeros": "bits",
};

for (const coder of CODERS) {
  for (const [name, weights] of Object.entries(WEIGHTS)) {
    const { values, shape } = weights;
    Deno.test(`${coder}: ${name}, ${values.length} values, come back`, () => {
      const { coding, bytes } = encode(weights, coder);
      const size = codedBytes(values, shape, coder);
      assert.ok(size <= values.length);
      assert.ok(bytes.length >= size && bytes.length <= size + STATES, `${bytes.length}, ${size}`);
      assert.deepEqual(
        encode({ values: values.slice(), shape }, coder),
        { coding, bytes },
        "again",
      );
      if (coding === "int8") {
        assert.deepEqual(new Int8Array(bytes), values);
        return;
      }
      const unpacked = decode(coding, bytes, shape);
      assert.deepEqual(unpacked.values, values);
      assert.equal(unpacked.codings[0], coding);
    });
  }
}

for (const [name, wanted] of Object.entries(FIXED)) {
  Deno.test(`fixed widths make ${wanted} of ${name}`, () => {
    const { coding, bytes } = encode(WEIGHTS[name], "fixed");
    const { shape } = WEIGHTS[name];
    const codings = coding === "int8" ? [coding] : decode(coding, bytes, shape).codings;
    assert.equal(codings.join("+"), wanted);
  });
}

Deno.test("each coding is made of some weights", () => {
  const made = new Set(
    CODERS.flatMap((coder) =>
      Object.values(WEIGHTS).flatMap((weights) => {
        const { coding, bytes } = encode(weights, coder);
        return coding === "int8" ? [] : decode(coding, bytes, weights.shape).codings;
      })
    ),
  );
  const missing = CODINGS.filter((coding) =>
    coding in unpackers && !made.has(coding) && !OLD.has(coding)
  );
  assert.deepEqual(missing, []);
});

for (const [name, weights] of Object.entries(WEIGHTS)) {
  Deno.test(`${name} as older files hold it comes back; damage does no harm`, () => {
    const { values, shape } = weights;
    const bytes = chain([adaptiveStream(weights)]);
    assert.deepEqual(decode("adaptive", bytes, shape).values, values);
    for (let at = 0; at < Math.min(bytes.length, 40); at++) {
      for (const pattern of [1, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[at] ^= pattern;
        judge("adaptive", damaged, shape, values.length);
      }
      assert.equal(judge("adaptive", bytes.subarray(0, at), shape, values.length), "refused");
    }
  });
}

Deno.test("values of any distribution come back", () => {
  const random = new Random(5);
  const shape = [6, 3, 3, 4];
  for (let i = 0; i < 500; i++) {
    const leans = random.next() < 0.3;
    const [low, high] = leans
      ? [-128, 127]
      : [random.int(-128, 127), random.int(-128, 127)].sort((a, b) => a - b);
    const values = Int8Array.from({ length: 216 }, () => random.int(low, high));
    const byte = () => random.int(-128, 127);
    const weights: PredictionWeights | null = leans ? [byte(), byte(), byte(), byte()] : null;
    const [kind, scale] = [random.int(0, EXPONENTS.length - 1), random.int(0, 111)];
    const ends = leans ? 0 : random.int(0, 255);
    const parameters = { exponent: EXPONENTS[kind], scale, low, high, ends };
    const tail = weights ?? [ends];
    const head = [kind | (leans ? PREDICTED : 0), scale, low, high, ...tail];
    const model = parametricModel(weights, parameters);
    const symbols = symbolsOf(values, layoutOf(shape), model);
    const bytes = chain([streamOf("rans", Uint8Array.from(head), symbols)]);
    assert.deepEqual(decode("rans", bytes, shape).values, values);
  }
});

Deno.test("bytes by hand", () => {
  const cases: [Coding, number[], number[], number[]][] = [
    ["int4", [3], [0xf0, 0x08], [-8, 7, 0]],
    ["int2", [5], [0b11_10_01_00, 0b11], [-2, -1, 0, 1, 1]],
    ["binary", [3], [0b101], [1, -1, 1]],
    ["ternary", [6], [0 + 3 * 1 + 9 * 2 + 27 * 0 + 81 * 2, 2], [-1, 0, 1, -1, 1, 1]],
    ["bits", [3], [3, 10, 0b01_000_111, 0], [17, 10, 11]],
    ["bits", [2], [0, 253], [-3, -3]],
    // Plain (1) exponents inside.
    ["pow2", [4], [1, 0, 1, 7, 0xf8], [0, 1, 64, -128]],
    // Two entries for all, the first index is −1.
    ["codebook", [3], [1, 1, 0x90, 8, 162, 1, 0xff, 0, 0xff], [-112, 50, -112]],
    // Two entries for each of two rows, 1 and 2, 3 and 6.
    ["codebook", [2, 2], [1 | 128, 0, 1, 3, 2, 0b11_01, 1, 0, 1, 1, 0], [1, 2, 6, 3]],
    ["bitmask", [4], [0b1010, 1, 9, 0xf7], [0, 9, 0, -9]],
    ["n_of_m", [4], [1, 4, 2, 1, 7], [0, 0, 7, 0]],
    ["groups", [4], [2, 3, 1, 3, 5, 1, 1, 2, 0xff, 1], [3, 6, -5, 5]],
    // Groups of one and of three.
    ["groups", [4], [0, 2, 1, 3, 3, 1, 3, 5, 1, 1, 2, 0xff, 1], [3, 10, -5, 5]],
    // 0 or 1, unit 1, nothing foretells, the first table counts as 16 values: the logistic function of
    // mean size 1 is 2/3 at 1/2, so counts are 171 and 86 of 257 and 0 takes 1 + ⌊171·16382/257⌋ =
    // 10901 of 16384. The state 65536 becomes ⌊65536/10901⌋·16384 + 65536 mod 10901 = 98434.
    ["adaptive", [1], [1, 0, 16, 0x82, 0x80, 1, 0, 0, 0, 1, 0], [0]],
    // From the last to the first, 65536 and 65536 by turns: 0 as the only value, of all slots, changes
    // nothing; which weights, 0 in 2 bits, times 4; the unit, 0 and 0 in a bit each, times 2; how many values
    // less one, 0 in 4 bits, times 16; that they are around 0, 1 in a bit, times 2 and 8192 more; the prior,
    // 0 in 2 bits, times 4. So states are 65536·2·16·4 and 65536·4·2·2 + 8192.
    ["concise", [1], [0, 0, 0x80, 0, 0, 0x20, 0x10, 0], [0]],
    ["transposed", [2, 3], [1, 1, 4, 2, 5, 3, 6], [1, 2, 3, 4, 5, 6]],
    ["live", [2, 3], [0b10, 0b101, 1, 8, 9], [0, 0, 0, 8, 0, 9]],
  ];
  for (const [coding, shape, bytes, values] of cases) {
    assert.deepEqual(
      decode(coding, Uint8Array.from(bytes), shape).values,
      Int8Array.from(values),
      coding,
    );
  }
});

/** Unpacks, or is refused with a reason; anything else is a fault. */
function judge(coding: Coding, bytes: Uint8Array, shape: readonly number[], size: number): string {
  try {
    assert.equal(decode(coding, bytes, shape).values.length, size);
    return "unpacked";
  } catch (error) {
    if (error instanceof KedgeError && error.data.code === "model/corrupt") return "refused";
    throw error;
  }
}

for (const coder of CODERS.filter((coder): coder is Exclude<Coder, "none"> => coder !== "none")) {
  for (const [name, weights] of Object.entries(WEIGHTS)) {
    const { values, shape } = weights;
    const { coding, bytes } = encode(weights, coder);
    if (coding === "int8") continue;
    Deno.test(`${coder}: ${name}, ${bytes.length} bytes as ${coding}, damaged, do no harm`, () => {
      const heads = Math.min(bytes.length, 64);
      for (let at = 0; at < bytes.length; at += at < heads ? 1 : 29) {
        for (const pattern of at < heads ? [1, 0x80, 0xff] : [0x10]) {
          const damaged = bytes.slice();
          damaged[at] ^= pattern;
          judge(coding, damaged, shape, values.length);
        }
        assert.equal(judge(coding, bytes.subarray(0, at), shape, values.length), "refused");
      }
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      assert.equal(judge(coding, longer, shape, values.length), "refused");
      const random = new Random(3);
      for (const other of CODINGS) {
        const noise = Uint8Array.from({ length: 40 }, () => random.int(0, 255));
        judge(other, noise, shape, values.length);
      }
    });
  }
}

for (const coder of CODERS) {
  Deno.test(`${coder}: all kinds of weights behind each other come back, in less than alone`, () => {
    const layers = Object.values(WEIGHTS);
    const streams = layers.map(({ values, shape }) => encodeInt8(values, shape, coder));
    const bytes = chain(streams);
    const alone = streams.reduce((sum, stream) => sum + chain([stream]).length, 0);
    assert.ok(coder === "auto" ? bytes.length < alone : bytes.length === alone);
    const size = streams.reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes.length <= size * (1 + ROUNDED) + STATES, `${bytes.length} of ${size}`);
    for (const held of [unpackers, compiled]) {
      const source = new ByteSource(bytes, "weights");
      layers.forEach(({ values, shape }, i) => {
        const { coding } = streams[i];
        const got = coding === "int8"
          ? new Int8Array(source.take(values.length))
          : unpack(held, coding, source, layoutOf(shape)).values;
        assert.deepEqual(got, values);
      });
      source.end();
    }
  });
}

Deno.test("a small stream cannot stand for endless values", () => {
  assert.throws(
    () => decode("bits", Uint8Array.of(0, 5), [2 ** 14]),
    (error) => error instanceof KedgeError && error.data.code === "model/corrupt",
  );
});
