// Weights whose tables are learned, once at load; runtime/format/unpack/adaptive.ts is the definition.

/** Bytes of a table: 17 bounds of 16 bits, from 48 16 counts, how long the bounds hold, sum of the counts. */
const TABLE: usize = 128;
/** Tables of classes, and in all. */
const CLASSES = 384;
const TABLES: usize = CLASSES + 16;
const UNIT = 8192;

/** Number of values and, as its logarithm, that of a run; prior; where parts of the model lie. */
let values: i32, run: i32, prior: i32, logistic: usize, narrow: usize, bounds: usize;

/** What a table counts at first: what is known of its class, or all values of a run alike. */
function begin(table: usize, found: i32, size: i32): void {
  const mean = i32x4.splat(((found & 31) - 16) << 7);
  const by = i32x4.splat(load<i32>(narrow + (found >> 5 << 2)));
  const half = i32x4.splat(2048), middle = i32x4.splat(256), most = i32x4.splat(512);
  const sizes = i32x4.splat(size), none = i32x4.splat(0), one = i32x4.splat(1);
  let last = none, number = i32x4(0, 1, 2, 3);
  for (let k = 0; k < 64; k += 16) {
    let counts = i32x4.splat(16 << 2 * prior);
    if (found < CLASSES) {
      const far = i32x4.mul(i32x4.sub(v128.load(bounds + k), mean), by);
      let places = i32x4.add(i32x4.shr_s(i32x4.add(far, half), 12), middle);
      places = i32x4.min_s(i32x4.max_s(places, none), i32x4.sub(most, one));
      places = v128.bitselect(places, most, i32x4.lt_s(number, i32x4.sub(sizes, one)));
      let next = none;
      next = v128.load32_lane(logistic + (i32x4.extract_lane(places, 0) << 2), next, 0);
      next = v128.load32_lane(logistic + (i32x4.extract_lane(places, 1) << 2), next, 1);
      next = v128.load32_lane(logistic + (i32x4.extract_lane(places, 2) << 2), next, 2);
      next = v128.load32_lane(logistic + (i32x4.extract_lane(places, 3) << 2), next, 3);
      const shares = i32x4.sub(next, v128.shuffle<i32>(last, next, 3, 4, 5, 6));
      counts = i32x4.add(i32x4.shr_s(i32x4.shl(shares, 2 * prior), 8), one);
      last = next;
    }
    v128.store(table + k, v128.and(counts, i32x4.lt_s(number, sizes)), 48);
    number = i32x4.add(number, i32x4.splat(4));
  }
}

/** Four whole numbers times a factor, rounded down. */
// @ts-ignore: decorator
@inline
function scaled(numbers: v128, share: v128): v128 {
  const low = f64x2.mul(f64x2.convert_low_i32x4_s(numbers), share);
  const high = v128.shuffle<i32>(numbers, numbers, 2, 3, 2, 3);
  return v128.shuffle<i64>(
    i32x4.trunc_sat_f64x2_s_zero(low),
    i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(f64x2.convert_low_i32x4_s(high), share)),
    0,
    2,
  );
}

/** Each of four counts and those before it. */
// @ts-ignore: decorator
@inline
function upTo(counts: v128): v128 {
  const none = i32x4.splat(0);
  const sums = i32x4.add(counts, v128.shuffle<i32>(none, counts, 3, 4, 5, 6));
  return i32x4.add(sums, v128.shuffle<i32>(none, sums, 2, 3, 4, 5));
}

/** The last of four, four times. */
// @ts-ignore: decorator
@inline
function lastOf(sums: v128): v128 {
  return v128.shuffle<i32>(sums, sums, 3, 3, 3, 3);
}

/** Makes a table, of what was counted or of what is known at first; gives how long it holds. */
function renew(table: usize, found: i32): i32 {
  const first = found - CLASSES << run;
  const size = found < CLASSES ? (values - 1 >> run) + 1 : min(1 << run, values - first);
  const known = load<i32>(table, 112) == 0;
  if (!known) begin(table, found, size);
  const none = i32x4.splat(0);
  // The sum of all counts, which are halved where it is large.
  const before = load<i32>(table, 116);
  let all = before + ((before >> 8) + 1 << 4);
  if (!known || all > 131072) {
    let sums = none;
    for (let k = 0; k < 64; k += 16) {
      let counts = v128.load(table + k, 48);
      counts = i32x4.sub(counts, i32x4.shr_u(counts, known ? 1 : 31));
      v128.store(table + k, counts, 48);
      sums = i32x4.add(sums, counts);
    }
    sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
    all = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
  }
  store<i32>(table, all, 116);
  const share = f64x2.splat(<f64>(16384 - size) / <f64>all);
  const a = v128.load(table, 48), b = v128.load(table, 64);
  const c = v128.load(table, 80), d = v128.load(table, 96);
  const toA = upTo(a), toB = i32x4.add(upTo(b), lastOf(toA));
  const toC = i32x4.add(upTo(c), lastOf(toB)), toD = i32x4.add(upTo(d), lastOf(toC));
  const boundA = i32x4.add(i32x4(0, 1, 2, 3), scaled(i32x4.sub(toA, a), share));
  const boundB = i32x4.add(i32x4(4, 5, 6, 7), scaled(i32x4.sub(toB, b), share));
  const boundC = i32x4.add(i32x4(8, 9, 10, 11), scaled(i32x4.sub(toC, c), share));
  const boundD = i32x4.add(i32x4(12, 13, 14, 15), scaled(i32x4.sub(toD, d), share));
  // Eight at once, as decoding loads them: parts would have to be put together first.
  v128.store(table, i16x8.narrow_i32x4_s(boundA, boundB));
  v128.store(table, i16x8.narrow_i32x4_s(boundC, boundD), 16);
  store<u16>(table + (size << 1), 16384);
  return (all >> 8) + 1;
}

/** Means in 1/8192, a share of the way further to values in 1/512. */
// @ts-ignore: decorator
@inline
function toward(means: v128, values: v128, rate: v128): v128 {
  const way = i32x4.mul(i32x4.sub(i32x4.shl(values, 4), means), rate);
  return i32x4.add(means, i32x4.shr_s(way, 12));
}

/**
 * Decodes. Words of `p`: 0 stream · 1 its end · 2 values · 3 rows · 4 height · 5 width · 6 depth ·
 * 7 model: number of values, logarithm of a run, prior, nine weights, how many lines above the third neighbour
 * stands, or 0 where it does above left; the logistic distribution and 1
 * behind it, rates, factors and, in bytes of tables, classes of spread; 16 bounds between symbols, then
 * each value: in 1/512 of the unit, from bit 16, and as int8 ·
 * 8 room for tables · 9 for columns: three arrays of words, each with room for 3 more · 10 for values
 * in 1/512 · 11 the two states. Gives how many bytes were read, or −1 where the stream ends early. Reads
 * up to 4 bytes a column behind its end.
 */
export function decode_adaptive(p: usize): i32 {
  let from = load<usize>(p);
  const end = load<usize>(p, 4);
  let to = load<usize>(p, 8);
  const rows = load<i32>(p, 12), height = load<i32>(p, 16), width = load<i32>(p, 20);
  const depth = load<i32>(p, 24), model = load<usize>(p, 28), tables = load<usize>(p, 32);
  const sizes = load<usize>(p, 36), columns: usize = (depth + 3) << 2;
  const signs = sizes + columns, places = signs + columns;
  let at = load<usize>(p, 40);
  values = load<i32>(model);
  run = load<i32>(model, 4);
  prior = load<i32>(model, 8);
  logistic = model + 52;
  const rates = logistic + 2052;
  narrow = rates + 1024;
  const classes = narrow + 48;
  bounds = classes + 512;
  const alphabet = bounds + 64;
  const wLeft = load<i32>(model, 12), wAbove = load<i32>(model, 16);
  const wAl = load<i32>(model, 20), wAr = load<i32>(model, 24);
  const wColumn = i32x4.splat(load<i32>(model, 28));
  const sOne = load<i32>(model, 32) << 9, sRow = load<i32>(model, 36) << 5;
  const sColumn = i32x4.splat(load<i32>(model, 40)), sNear = load<i32>(model, 44);
  const far = load<i32>(model, 48);
  // Nothing is known of any table yet.
  for (let k: usize = 0; k < TABLES; k++) store<i32>(tables + k * TABLE, -1, 112);
  memory.fill(signs, 0, columns);
  for (let c: usize = 0; c < columns; c += 4) store<i32>(sizes + c, UNIT);
  const states = load<usize>(p, 44);
  let state = load<u32>(states), other = load<u32>(states, 4);
  const across = depth << 1, line = width * across;
  const back = far ? far * line : line + across;
  let pixel = 0;
  for (let row = 0; row < rows; row++) {
    let rowSize = UNIT, counted = -1, last = 0;
    for (let y = 0; y < height; y++) {
      const below = y > 0 || (height * width == 1 && row > 0);
      for (let x = 0; x < width; x++, pixel++) {
        // What is known of all columns here. Where a neighbour is missing, whatever stands in its place
        // counts nothing.
        const l = i32x4.splat(x ? wLeft : 0), a = i32x4.splat(below ? wAbove : 0);
        const third = far ? y >= far : below && x > 0;
        const al = i32x4.splat(third ? wAl : 0);
        const ar = i32x4.splat(below && x < width - 1 ? wAr : 0);
        const atL = at - (x ? across : 0), atA = at - (below ? line : 0);
        const atAl = at - (third ? back : 0);
        const atAr = below && x < width - 1 ? atA + across : at;
        const near = i32x4.splat(sNear);
        const one = i32x4.splat(sOne), none = i32x4.splat((x ? 0 : 512) + (below ? 0 : 512));
        const isL = i32x4.splat(x ? -1 : 0), isA = i32x4.splat(below ? -1 : 0);
        for (let c: usize = 0; c < <usize>across; c += 8) {
          const k = c << 1;
          const left = v128.load16x4_s(atL + c), above = v128.load16x4_s(atA + c);
          const neighbours = i32x4.add(
            i32x4.add(i32x4.mul(left, l), i32x4.mul(above, a)),
            i32x4.add(
              i32x4.mul(v128.load16x4_s(atAl + c), al),
              i32x4.mul(v128.load16x4_s(atAr + c), ar),
            ),
          );
          const sign = i32x4.shr_s(v128.load(signs + k), 4);
          const mean = i32x4.add(neighbours, i32x4.mul(sign, wColumn));
          const middle = i32x4.add(i32x4.shr_s(i32x4.add(mean, i32x4.splat(1024)), 11), i32x4.splat(16));
          const part = i32x4.min_s(i32x4.max_s(middle, i32x4.splat(0)), i32x4.splat(31));
          const both = i32x4.add(
            none,
            i32x4.add(v128.and(i32x4.abs(left), isL), v128.and(i32x4.abs(above), isA)),
          );
          const wide = i32x4.mul(i32x4.shr_s(v128.load(sizes + k), 4), sColumn);
          const spread = i32x4.add(wide, i32x4.mul(i32x4.shr_s(both, 1), near));
          // The class of the mean, and from bit 5 the spread but for the row's share.
          v128.store(places + k, v128.or(i32x4.shl(i32x4.add(spread, one), 5), part));
        }
        for (let c = 0; c < depth; c++) {
          const known = load<i32>(places + (c << 2));
          let spread = known + sRow * (rowSize >> 4) >> 13;
          // Branches that are seldom taken: the row's share comes late.
          if (spread < 0) spread = 0;
          if (spread > 127) spread = 127;
          const wide = load<usize>(classes + (spread << 2));
          let table = tables + wide + (known & 31) * TABLE;
          // A run, then a value in it; or at once a value, in a run of one.
          let place = alphabet;
          for (let digit = run;; digit = 0) {
            let left = load<i32>(table, 112);
            if (left <= 0) left = renew(table, <i32>((table - tables) / TABLE));
            const slot = state & 0x3fff;
            const slots = i16x8.splat(<i16>slot);
            const symbol = 15 - popcnt(
              i8x16.bitmask(i8x16.narrow_i16x8_s(
                i16x8.gt_s(v128.load(table), slots),
                i16x8.gt_s(v128.load(table, 16), slots),
              )),
            );
            const bounds = load<u32>(table + (symbol << 1));
            const start = bounds & 0xffff;
            const next = ((bounds >>> 16) - start) * (state >>> 14) + slot - start;
            state = other;
            // Without a branch: which way it goes cannot be foretold.
            const low = next < 0x10000;
            other = low ? next << 16 | <u32>load<u16>(from) : next;
            from += <usize>low << 1;
            const count = table + (symbol << 2);
            store<u32>(count, load<u32>(count, 48) + 16, 48);
            store<i32>(table, left - 1, 112);
            place += symbol << digit + 3;
            if (!digit) break;
            table = tables + (CLASSES + symbol) * TABLE;
          }
          const value = load<i32>(place);
          store<u8>(to + c, value);
          store<i16>(at + (c << 1), value >> 16);
          if (counted >= 0) {
            const rate = load<i32>(rates + (min(255, counted) << 2));
            rowSize += (last - rowSize) * rate >> 12;
          }
          counted++;
          last = load<i32>(place, 4);
        }
        if (from > end) return -1;
        const rate = i32x4.splat(load<i32>(rates + (min(255, pixel) << 2)));
        for (let c: usize = 0; c < <usize>across; c += 8) {
          const k = c << 1;
          const now = v128.load16x4_s(at + c);
          v128.store(sizes + k, toward(v128.load(sizes + k), i32x4.abs(now), rate));
          v128.store(signs + k, toward(v128.load(signs + k), now, rate));
        }
        to += depth;
        at += across;
      }
    }
  }
  store<u32>(states, state);
  store<u32>(states, other, 4);
  return <i32>(from - load<usize>(p));
}
