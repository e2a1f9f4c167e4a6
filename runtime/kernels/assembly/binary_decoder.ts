// Binary arithmetic decoding; runtime/format/unpack/binary.ts is the definition.

let low: u32, high: u32, code: u32, at: usize, end: usize;

/** Begins a stream. */
export function start(from: usize, to: usize): void {
  at = from;
  end = to;
  low = 0;
  high = 0xffffffff;
  for (let i = 0; i < 4; i++) read();
}

/** Where the stream has been read to: all but the last three bytes. */
export function position(): usize {
  return at - 3;
}

/** The next decision, which is 1 with `one` / 65536. */
// @ts-ignore: decorator
@inline
export function decode(one: u32): i32 {
  const range = high - low;
  const middle = low + (range >>> 16) * one + ((range & 0xffff) * one >>> 16);
  const bit = code <= middle;
  if (bit) high = middle;
  else low = middle + 1;
  while (!((low ^ high) & 0xff000000)) {
    low <<= 8;
    high = high << 8 | 255;
    read();
  }
  return bit;
}

function read(): void {
  code = code << 8 | (at < end ? <u32>load<u8>(at) : 0);
  at++;
}
