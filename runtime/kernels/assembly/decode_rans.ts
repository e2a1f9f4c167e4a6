// Entropy-coded weights, once at load; runtime/format/unpack/rans.ts is the definition.

/** e^−(x / scale)^(exponent / 4) of two x, by the operations of `exponential` in distribution.ts. */
function at(x: v128, scale: v128, exponent: i32): v128 {
  const one = f64x2.splat(1);
  const root = f64x2.sqrt(f64x2.sqrt(f64x2.div(f64x2.abs(x), scale)));
  let power = one;
  for (let i = 0; i < exponent; i++) power = f64x2.mul(power, root);
  const scaled = f64x2.mul(power, f64x2.splat(1.4426950408889634));
  const whole = f64x2.floor(scaled);
  const rest = f64x2.mul(f64x2.sub(whole, scaled), f64x2.splat(0.6931471805599453));
  let sum = f64x2.add(one, f64x2.div(rest, f64x2.splat(9)));
  sum = f64x2.add(one, f64x2.mul(f64x2.mul(sum, rest), f64x2.splat(0.125)));
  sum = f64x2.add(one, f64x2.div(f64x2.mul(sum, rest), f64x2.splat(7)));
  sum = f64x2.add(one, f64x2.div(f64x2.mul(sum, rest), f64x2.splat(6)));
  sum = f64x2.add(one, f64x2.div(f64x2.mul(sum, rest), f64x2.splat(5)));
  sum = f64x2.add(one, f64x2.mul(f64x2.mul(sum, rest), f64x2.splat(0.25)));
  sum = f64x2.add(one, f64x2.div(f64x2.mul(sum, rest), f64x2.splat(3)));
  sum = f64x2.add(one, f64x2.mul(f64x2.mul(sum, rest), f64x2.splat(0.5)));
  sum = f64x2.add(one, f64x2.mul(sum, rest));
  // A power of two, put together from its exponent.
  const halvings = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(whole));
  const share = i64x2.shl(i64x2.sub(i64x2.splat(1023), halvings), 52);
  return v128.and(f64x2.mul(sum, share), f64x2.lt(scaled, f64x2.splat(30)));
}

/**
 * How often each value from the least to the greatest comes in 16384, in words, by the parameters of
 * their distribution: exponent in quarters, scale, least and greatest value, share of the ends in 1/1024.
 */
function count(counts: usize, parameters: usize, mean: f64): void {
  const exponent = <i32>load<f64>(parameters), scale = load<f64>(parameters, 8);
  const low = load<f64>(parameters, 16), high = load<f64>(parameters, 24);
  const ends = load<f64>(parameters, 32);
  const wide = f64x2.splat(scale), third = f64x2.splat(1.0 / 3), tiny = f64x2.splat(1e-9);
  // Shares, 8 bytes each. Both sides of a middle are alike.
  const middle = counts - (<isize>low << 3);
  const mirrored = mean == 0 && scale >= 4 && low < 0;
  const least: f64 = mirrored ? 0 : low, most = mirrored ? max(high, -low) : high;
  for (let value = least; value <= most; value += 2) {
    const x = f64x2.add(f64x2.splat(value - mean), f64x2(0, 1));
    let share = f64x2.add(at(x, wide, exponent), tiny);
    if (scale < 4) {
      share = f64x2.add(share, at(f64x2.sub(x, third), wide, exponent));
      share = f64x2.add(share, at(f64x2.add(x, third), wide, exponent));
      share = f64x2.div(share, f64x2.splat(3));
    }
    v128.store(middle + (<isize>value << 3), share);
  }
  if (mirrored) {
    for (let from = middle + 8, to = middle - 8; to >= counts; from += 8, to -= 8) {
      store<f64>(to, load<f64>(from));
    }
  }
  const last = middle + (<isize>high << 3);
  let sum = sumOf(counts, last);
  if (ends) {
    const more = sum * ends / 1024;
    store<f64>(counts, load<f64>(counts) + more);
    store<f64>(last, load<f64>(last) + more);
    sum = sumOf(counts, last);
  }
  let largest = counts;
  let greatest: f64 = 0;
  for (let share = counts; share <= last; share += 8) {
    const one = load<f64>(share);
    if (one <= greatest) continue;
    greatest = one;
    largest = share;
  }
  // Of each 1, and the others by share; the largest takes what rounding leaves.
  const size = <i32>(high - low) + 1;
  store<f64>(last, 0, 8);
  let to = counts, left = i32x4.splat(0);
  for (let share = counts; share <= last; share += 16, to += 8) {
    const part = f64x2.div(
      f64x2.mul(v128.load(share), f64x2.splat(<f64>(16384 - size))),
      f64x2.splat(sum),
    );
    const whole = i32x4.trunc_sat_f64x2_s_zero(part);
    left = i32x4.add(left, whole);
    v128.store64_lane(to, i32x4.add(whole, i32x4.splat(1)), 0);
  }
  const all = i32x4.extract_lane(left, 0) + i32x4.extract_lane(left, 1);
  const word = counts + (largest - counts >> 1);
  store<i32>(word, load<i32>(word) + 16384 - size - all);
}

/** Sum of shares up to the last, in order. */
function sumOf(shares: usize, last: usize): f64 {
  let sum: f64 = 0;
  for (let share = shares; share <= last; share += 8) sum += load<f64>(share);
  return sum;
}

/**
 * The symbol of each of 16384 slots, and size and first slot of each symbol. Writes up to 63 bytes
 * behind the slots, so what follows there has to be filled later.
 */
function fill(symbols: usize, entries: usize, counts: usize, low: i32, size: i32): void {
  let start = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    const value = symbol - low & 255;
    if (value >= size) continue;
    const frequency = load<i32>(counts + (value << 2));
    store<u32>(entries + (symbol << 2), frequency | start << 16);
    const stop = start + frequency;
    const all = i8x16.splat(<i8>symbol);
    for (let slot = start; slot < stop; slot += 64) {
      v128.store(symbols + slot, all);
      v128.store(symbols + slot, all, 16);
      v128.store(symbols + slot, all, 32);
      v128.store(symbols + slot, all, 48);
    }
    start = stop;
  }
}

/**
 * Decodes rANS. Words of `p`: 0 stream · 1 its end · 2 values · 3 planes · 4 height · 5 width ·
 * 6 depth · 7–10 weights of the neighbours · 11 classes of predictions, behind −2048 · 12 parameters
 * of the distribution, then the mean of each class · 13 how many classes · 14 room for symbols of slots, and 63 bytes ·
 * 15 for entries of symbols · 16 for 260 numbers of 8 bytes · 17 the two states. Gives how many bytes were read, or −1 where the stream ends early. Reads up
 * to 2 bytes behind its end.
 */
export function decode_rans(p: usize): i32 {
  const start = load<usize>(p, 0);
  let from = start;
  const end = load<usize>(p, 4);
  let to = load<usize>(p, 8);
  const height = load<i32>(p, 16), width = load<i32>(p, 20), depth = load<i32>(p, 24);
  const left = load<i32>(p, 28), above = load<i32>(p, 32);
  const aboveLeft = load<i32>(p, 36), aboveRight = load<i32>(p, 40);
  const classes = load<usize>(p, 44), symbols = load<usize>(p, 56), entries = load<usize>(p, 60);
  const parameters = load<usize>(p, 48), counts = load<usize>(p, 64);
  const low = <i32>load<f64>(parameters, 16), high = <i32>load<f64>(parameters, 24);
  for (let k = 0, means = load<i32>(p, 52); k < means; k++) {
    count(counts, parameters, load<f64>(parameters + (k << 3), 40));
    fill(symbols + (k << 14), entries + (k << 10), counts, low, high - low + 1);
  }
  const line = width * depth;
  const leans = left | above | aboveLeft | aboveRight;
  const states = load<usize>(p, 68);
  let state = load<u32>(states), other = load<u32>(states, 4);
  for (let rows = load<i32>(p, 12) * height, row = 0; row < rows; row++) {
    const first = row % height == 0;
    for (let x = 0; x < width; x++) {
      // Where a neighbour is missing, whatever stands in its place counts nothing.
      const l = x ? left : 0, a = first ? 0 : above;
      const al = first || !x ? 0 : aboveLeft, ar = first || x == width - 1 ? 0 : aboveRight;
      const atL = l ? to - depth : to, atA = a ? to - line : to;
      const atAl = al ? to - line - depth : to, atAr = ar ? to - line + depth : to;
      for (let c = 0; c < depth; c++) {
        let found: u32 = 0;
        if (leans) {
          const sum = l * <i32>load<i8>(atL + c) + a * <i32>load<i8>(atA + c) +
            al * <i32>load<i8>(atAl + c) + ar * <i32>load<i8>(atAr + c);
          found = load<u16>(classes + (min(2047, max(-2048, sum)) << 1));
        }
        const slot = state & 0x3fff;
        const k = found & 255;
        const symbol: u32 = load<u8>(symbols + (k << 14) + slot);
        const entry = load<u32>(entries + (k << 10) + (symbol << 2));
        const next = (entry & 0xffff) * (state >>> 14) + slot - (entry >>> 16);
        store<u8>(to + c, symbol + (found >>> 8));
        state = other;
        // Without a branch: which way it goes cannot be foretold.
        const low = next < 0x10000;
        other = low ? next << 16 | <u32>load<u16>(from) : next;
        from += <usize>low << 1;
        if (from > end) return -1;
      }
      to += depth;
    }
  }
  store<u32>(states, state);
  store<u32>(states, other, 4);
  return <i32>(from - start);
}
