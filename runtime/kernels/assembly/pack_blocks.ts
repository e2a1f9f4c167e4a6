// Weights as blocks of 4 output channels × 2 inputs (convolution_sparse.ts), without those that are all
// zeros. Words of `p` as in pack_weights.ts.

/** How many blocks are not all zeros. */
export function count_blocks(p: usize): i32 {
  const outputs = load<i32>(p, 12), runs = load<i32>(p, 20), products = load<i32>(p, 24);
  const depth = runs * products, from = load<usize>(p, 0);
  const even = products & ~1;
  let count = 0;
  for (let o = 0; o < outputs; o += 4) {
    // Rows that are not there are the last one again.
    const last = outputs - 1 - o;
    let a = from + o * depth;
    let b = a + min(last, 1) * depth, c = a + min(last, 2) * depth, d = a + min(last, 3) * depth;
    for (let run = 0; run < runs; run++) {
      let k = 0;
      for (; k + 16 <= products; k += 16) {
        const any = v128.or(
          v128.or(v128.load(a + k), v128.load(b + k)),
          v128.or(v128.load(c + k), v128.load(d + k)),
        );
        count += popcnt(i16x8.bitmask(i16x8.ne(any, i16x8.splat(0))));
      }
      for (; k < even; k += 2) {
        count += i32((load<u16>(a + k) | load<u16>(b + k) | load<u16>(c + k) | load<u16>(d + k)) != 0);
      }
      if (k < products) {
        count += i32((load<u8>(a + k) | load<u8>(b + k) | load<u8>(c + k) | load<u8>(d + k)) != 0);
      }
      a += products, b += products, c += products, d += products;
    }
  }
  return count;
}

/** The list; −zx·Σw goes into the bias. */
export function pack_blocks(p: usize): i32 {
  const outputs = load<i32>(p, 12), runs = load<i32>(p, 20), products = load<i32>(p, 24);
  const depth = runs * products, pairs = (products + 1) / 2, zx = load<i32>(p, 36);
  let from = load<usize>(p, 0), to = load<usize>(p, 4), bias = load<usize>(p, 8);
  for (let o = 0; o < outputs; o += 4) {
    const rows = outputs - o < 4 ? outputs - o : 4;
    const head = to;
    to += 4;
    for (let run = 0; run < runs; run++) {
      for (let pair = 0; pair < pairs; pair++) {
        const k = 2 * pair, odd = k + 1 == products;
        let at = from + run * products + k, any = 0;
        for (let row = 0; row < rows; row++) {
          const low: i32 = load<i8>(at), high: i32 = odd ? 0 : load<i8>(at, 1);
          store<i32>(to + 4 * row, (low & 0xffff) | (high << 16));
          any |= low | high;
          at += depth;
        }
        for (let row = rows; row < 4; row++) store<i32>(to + 4 * row, 0);
        if (!any) continue;
        store<i32>(to, (run * pairs + pair) * 32, 16);
        to += 20;
      }
    }
    store<i32>(head, to - head - 4);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += load<i8>(from++);
      store<i32>(bias, load<i32>(bias) - zx * sum);
      bias += 4;
    }
  }
  return 1;
}
