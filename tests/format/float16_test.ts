/** Half precision against the platform's own, over every bit pattern and around every rounding. */
import assert from "node:assert/strict";
import { fromFloat16, toFloat16 } from "../../runtime/format/float16.ts";

/** The platform's conversion; the bits of a number in its own Float16Array. */
function platformBits(value: number): number {
  return new Uint16Array(Float16Array.of(value).buffer)[0];
}

const isNaNPattern = (bits: number) => (bits & 0x7fff) > 0x7c00;

Deno.test("all 65536 patterns have the platform's values", () => {
  const values = new Float16Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  for (let bits = 0; bits < 65536; bits++) {
    assert(Object.is(fromFloat16(bits), values[bits]), `0x${bits.toString(16)}`);
  }
});

Deno.test("all patterns but NaN come back", () => {
  for (let bits = 0; bits < 65536; bits++) {
    const wanted = isNaNPattern(bits) ? 0x7e00 : bits;
    assert.equal(toFloat16(fromFloat16(bits)), wanted, `0x${bits.toString(16)}`);
  }
});

/** The doubles next to a number. */
function neighbours(value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  return [bits - 1n, bits, bits + 1n].map((near) => {
    view.setBigInt64(0, near);
    return view.getFloat64(0);
  });
}

Deno.test("numbers at and beside every middle round as the platform rounds", () => {
  for (let bits = 0; bits < 0x7c00; bits++) {
    // Above the largest number, the middle is where infinity begins.
    const above = bits === 0x7bff ? 65536 : fromFloat16(bits + 1);
    const middle = (fromFloat16(bits) + above) / 2;
    for (const value of neighbours(middle)) {
      assert.equal(toFloat16(value), platformBits(value), `${value}`);
      assert.equal(toFloat16(-value), platformBits(-value), `${-value}`);
    }
    assert.equal(toFloat16(middle), bits + bits % 2, `the middle ${middle} goes to even`);
  }
});

Deno.test("numbers beside every power of two round as the platform rounds", () => {
  for (let exponent = -40; exponent <= 20; exponent++) {
    for (const value of neighbours(2 ** exponent)) {
      assert.equal(toFloat16(value), platformBits(value), `${value}`);
      assert.equal(fromFloat16(toFloat16(value)), Math.f16round(value), `${value}`);
    }
  }
});

Deno.test("worked examples", () => {
  // 1 is 0 01111 0000000000; the next number is 1 + 2⁻¹⁰.
  assert.equal(fromFloat16(0x3c00), 1);
  assert.equal(fromFloat16(0x3c01), 1 + 2 ** -10);
  assert.equal(fromFloat16(0xc000), -2);
  // Largest: (2 − 2⁻¹⁰) × 2¹⁵. Smallest above 0: 2⁻²⁴.
  assert.equal(fromFloat16(0x7bff), 65504);
  assert.equal(fromFloat16(0x0001), 2 ** -24);
  assert.equal(toFloat16(65519.99), 0x7bff);
  assert.equal(toFloat16(65520), 0x7c00);
  assert.equal(toFloat16(2 ** -25), 0x0000);
  assert.equal(toFloat16(-(2 ** -25)), 0x8000);
  assert.equal(toFloat16(1.5 * 2 ** -24), 0x0002);
  assert.equal(toFloat16(-0), 0x8000);
  assert.equal(toFloat16(Infinity), 0x7c00);
  assert.equal(toFloat16(-Infinity), 0xfc00);
  assert.equal(toFloat16(NaN), 0x7e00);
});
