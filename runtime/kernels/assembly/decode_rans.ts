// Entropy-coded weights, once at load; runtime/format/unpack/rans.ts is the definition.

/**
 * The symbol of each of 16384 slots, and size and first slot of each symbol, by their frequencies.
 * Writes up to 15 bytes behind the slots, so what follows there has to be filled later.
 */
function fill(symbols: usize, entries: usize, frequencies: usize): void {
  let start = 0;
  for (let symbol = 0; symbol < 256; symbol++) {
    const frequency: u32 = load<u16>(frequencies + (symbol << 1));
    store<u32>(entries + (symbol << 2), frequency | start << 16);
    const stop = start + frequency;
    const all = i8x16.splat(<i8>symbol);
    for (let slot = start; slot < stop; slot += 16) v128.store(symbols + slot, all);
    start = stop;
  }
}

/**
 * Decodes rANS. Words of `p`: 0 stream · 1 its end · 2 values · 3 planes · 4 height · 5 width ·
 * 6 depth · 7–10 weights of the neighbours · 11 classes of predictions, behind −2048 · 12 frequencies
 * of symbols, 256 for each class · 13 how many classes · 14 room for symbols of slots · 15 for entries of
 * symbols · 16 the two states. Gives how many bytes were read, or −1 where the stream ends early. Reads up
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
  for (let k = 0, count = load<i32>(p, 52); k < count; k++) {
    fill(symbols + (k << 14), entries + (k << 10), load<usize>(p, 48) + (k << 9));
  }
  const line = width * depth;
  const states = load<usize>(p, 64);
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
        const sum = l * <i32>load<i8>(atL + c) + a * <i32>load<i8>(atA + c) +
          al * <i32>load<i8>(atAl + c) + ar * <i32>load<i8>(atAr + c);
        const found: u32 = load<u16>(classes + (min(2047, max(-2048, sum)) << 1));
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
