/** FNV-1a with 32 bits: offset basis 0x811c9dc5, prime 0x01000193 = 2²⁴ + 2⁸ + 0x93. */
import assert from "node:assert/strict";
import { hash32 } from "../../runtime/format/hash.ts";
import { Random } from "../helpers/random.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("no bytes give the offset basis", () => {
  assert.equal(hash32(new Uint8Array()), 0x811c9dc5);
});

Deno.test("one byte, worked by hand", () => {
  // 0x811c9dc5 ^ 0x01 = 0x811c9dc4; times the prime, modulo 2³²:
  // 0x811c9dc4 × 2²⁴ = 0xc4000000, × 2⁸ = 0x1c9dc400, × 0x93 = 0x236e978c; their sum:
  assert.equal((0xc4000000 + 0x1c9dc400 + 0x236e978c) % 2 ** 32, 0x040c5b8c);
  assert.equal(hash32(Uint8Array.of(1)), 0x040c5b8c);
});

Deno.test("published values", () => {
  // draft-eastlake-fnv, test vectors for FNV-1a with 32 bits.
  assert.equal(hash32(bytesOf("a")), 0xe40c292c);
  assert.equal(hash32(bytesOf("foobar")), 0xbf9cf968);
});

Deno.test("random bytes, against the definition in exact integers", () => {
  const random = new Random(5);
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, () => random.int(0, 255));
    let wanted = 0x811c9dc5n;
    for (const byte of bytes) wanted = (wanted ^ BigInt(byte)) * 0x01000193n & 0xffffffffn;
    assert.equal(hash32(bytes), Number(wanted), `${length} bytes`);
  }
});

Deno.test("any one changed byte changes it", () => {
  const bytes = bytesOf("kedge carries a model ahead");
  const hash = hash32(bytes);
  for (let at = 0; at < bytes.length; at++) {
    for (let change = 1; change < 256; change++) {
      const other = bytes.slice();
      other[at] ^= change;
      assert.notEqual(hash32(other), hash, `byte ${at} ^ ${change}`);
    }
  }
});
