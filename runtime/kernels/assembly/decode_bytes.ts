// The structure of a compact file, once at load; runtime/format/structure/mixing.ts is the definition.
import { decode, position, start } from "./binary_decoder";

/** The byte `distance` before `at` in a file that begins at `file`, 0 where there is none. */
// @ts-ignore: decorator
@inline
function back(file: usize, at: usize, distance: usize): i32 {
  return at - file < distance ? 0 : load<u8>(at - distance);
}

/** Two words before this one, and what of this one is there. */
function line(file: usize, at: usize): i32 {
  const word = at - ((at - file) & 3);
  let sum = 0;
  if (word - file >= 8) {
    for (let i = word - 8; i < word - 4; i++) sum = sum << 8 | <i32>load<u8>(i);
  }
  for (let i = word; i < at; i++) sum = (sum ^ <i32>load<u8>(i)) * 0x01000193;
  return sum;
}

/**
 * Fills gaps of a file. Words of `p`: 0 stream · 1 its end · 2 file · 3 gaps: start and end of each in
 * the file · 4 how many · 5 estimates · 6 weights · 7 squash · 8 stretch · 9 steps · 10 scratch of 32
 * words · 11 followers. Gives how many bytes of the stream were read.
 */
export function decode_bytes(p: usize): i32 {
  start(load<usize>(p, 0), load<usize>(p, 4));
  const file = load<usize>(p, 8);
  let gap = load<usize>(p, 12);
  const estimates = load<usize>(p, 20), weights = load<usize>(p, 24), squash = load<usize>(p, 28);
  const stretch = load<usize>(p, 32), steps = load<usize>(p, 36);
  const hashes = load<usize>(p, 40), places = hashes + 40, stretched = hashes + 80;
  const followers = load<usize>(p, 44);
  let table = file, distance = 0, guess = 0, other = 0;
  for (let i: usize = 0; i < 10 << 18; i += 4) store<u32>(estimates + i, 0x8000000);
  for (let i: usize = 0; i < 704; i += 4) store<i32>(weights + i, 16384);
  memory.fill(followers, 0, 16384);
  for (const last = gap + (load<usize>(p, 16) << 3); gap < last; gap += 8) {
    const stop = file + load<usize>(gap, 4);
    for (let at = file + load<usize>(gap); at < stop; at++) {
      const phase = <i32>(at - file) & 3;
      if (!phase) {
        const before = at == file ? 0 : load<i32>(at - 4);
        if (before >> 16 == -1) {
          table = at - 4;
          distance = before;
        }
        const follower = followers + (<usize>(<u32>(before * <i32>0x9e3779b1) >>> 20) << 2);
        const seen = load<usize>(follower);
        guess = distance + <i32>(at - table);
        other = seen ? load<i32>(file + seen) : 0;
        store<usize>(follower, at - file);
      }
      // Whether what is there of the word is as guessed.
      const there = (1 << (phase << 3)) - 1;
      const word = load<i32>(at - phase);
      const holds = i32(!((word ^ guess) & there)), others = i32(!((word ^ other) & there));
      const one = back(file, at, 1), two = back(file, at, 2), four = back(file, at, 4);
      store<i32>(hashes, four >> 4 << 6 | two >> 4 << 2 | phase);
      store<i32>(hashes, one << 2 | phase, 4);
      store<i32>(hashes, one >> 5 << 2 | phase, 8);
      store<i32>(hashes, four << 2 | phase, 12);
      store<i32>(hashes, four << 10 | back(file, at, 8) << 2 | phase, 16);
      store<i32>(hashes, four << 10 | one << 2 | phase, 20);
      store<i32>(hashes, two << 1 | (phase & 1), 24);
      store<i32>(hashes, line(file, at) * <i32>0x9e3779b1 + phase, 28);
      store<i32>(hashes, (guess >> (phase << 3) & 255) << 3 | phase << 1 | holds, 32);
      store<i32>(hashes, (other >> (phase << 3) & 255) << 3 | phase << 1 | others, 36);
      for (let k = 0; k < 10; k++) {
        const h = hashes + (k << 2);
        store<i32>(h, ((load<i32>(h) + 1) * 0x2c1b3c6d) ^ ((k + 1) * <i32>0x9e3779b1));
      }
      const set = weights + (phase << 2 | holds << 1 | others) * 44;
      let partial = 1;
      while (partial < 256) {
        let sum: i64 = 256 * <i64>load<i32>(set, 40);
        for (let k = 0; k < 10; k++) {
          const mixed: u32 = (load<i32>(hashes + (k << 2)) ^ (partial * <i32>0x85ebca6b)) *
            <i32>0xc2b2ae35;
          const place = estimates + ((k << 18) | <i32>((mixed ^ mixed >>> 15) >>> 16 << 2));
          store<usize>(places + (k << 2), place);
          const input: i32 = load<i16>(stretch + (load<u32>(place) >>> 16 << 1));
          store<i32>(stretched + (k << 2), input);
          sum += <i64>input * load<i32>(set + (k << 2));
        }
        const x = <i32>min<i64>(2047, max<i64>(-2047, sum >> 16));
        const probability = load<i32>(squash + (x + 2048 << 2));
        const bit = decode(probability);
        const error = (bit << 16) - probability;
        for (let k = 0; k < 10; k++) {
          const w = set + (k << 2);
          store<i32>(w, load<i32>(w) + (load<i32>(stretched + (k << 2)) * error >> 15));
          const place = load<usize>(places + (k << 2));
          const estimate = load<u32>(place);
          const seen = estimate & 255;
          const old = <i32>(estimate >>> 8);
          const step = ((bit ? 0xfffff : 0) - old) * load<i32>(steps + (seen << 2)) >> 10;
          store<u32>(place, <u32>(old + step) << 8 | min<u32>(15, seen + 1));
        }
        store<i32>(set, load<i32>(set, 40) + (256 * error >> 15), 40);
        partial = partial << 1 | bit;
      }
      store<u8>(at, partial);
    }
  }
  return <i32>(position() - load<usize>(p, 0));
}
