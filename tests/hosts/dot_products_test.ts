/** What dot products of bytes do here, and that kernels made for them are taken where they do. */
import assert from "node:assert/strict";
import { dotProducts } from "../../runtime/hosts/dot_products.ts";

type Product = (b: number) => number;

/** Runs `then` where four times −128 · b is what `p` says. */
function where<T>(p: Product, then: () => T): T {
  const real = WebAssembly.Instance;
  class Instance {
    exports = { p };
  }
  WebAssembly.Instance = Instance as unknown as typeof WebAssembly.Instance;
  try {
    return then();
  } finally {
    WebAssembly.Instance = real;
  }
}

const unsigned = (b: number) => b & 255;
const signed = (b: number) => b << 24 >> 24;

Deno.test("second operands are unsigned or signed, or sums are not exact", () => {
  const table: [string, Product, number | null][] = [
    ["VNNI", (b) => -512 * unsigned(b), 128],
    ["SDOT", (b) => -512 * signed(b), 0],
    ["pmaddubsw: pairs saturate in 16 bits", (b) => 2 * Math.max(-32768, -256 * unsigned(b)), null],
    ["signed, pairs saturate", (b) => 2 * Math.min(32767, -256 * signed(b)), null],
    ["signed, pairs wrap around", (b) => 2 * (-256 * signed(b) << 16 >> 16), null],
  ];
  for (const [name, product, wanted] of table) {
    assert.equal(where(product, dotProducts), wanted, name);
  }
});

Deno.test("without relaxed SIMD there are none", () => {
  const { validate } = WebAssembly;
  WebAssembly.validate = () => false;
  try {
    assert.equal(dotProducts(), null);
  } finally {
    WebAssembly.validate = validate;
  }
});

Deno.test("the probe runs here", () => {
  assert.ok([128, 0, null].includes(dotProducts()));
});
