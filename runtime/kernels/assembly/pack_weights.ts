// Lays weights out for the kernels, once at load: in WASM, because JavaScript is slow while it is cold.
//
// Words of `p`: 0 weights as the file has them · 1 where they go · 2 bias, int32 · 3 output channels ·
// 4 channels a group · 5 runs of a window · 6 products a run · 7 bytes a run · 8 bytes a value in the
// picture: 1, 2 (int8 widened) or 4 (float32) · 9 zx · 10 kernel rows · 11 kernel columns · 12 what to add to
// weights of one byte · 13 whether these have quads of odd channels swapped (convolution_dot.ts).

/** Bits that hold all of p[3] int8 values: 4 (−8…7), 7 (−64…63) or 8. */
export function weight_bits(p: usize): i32 {
  const from = load<usize>(p, 0), end = from + load<i32>(p, 12);
  let four: i32 = 0;
  for (let at = from; at < end; at++) {
    const w = load<i8>(at);
    four |= (w + 8) & -16;
    if ((w + 64) & -128) return 8;
  }
  return four ? 7 : 4;
}

/**
 * Panels of 8 output channels: for every run of the window, for every 4 bytes of it, 8 channels ×
 * 4 bytes. What fills up the last 4 bytes of a run stays 0, so whatever lies there in the picture
 * counts nothing. −zx·Σw goes into the bias.
 */
export function pack_panels(p: usize): i32 {
  let from = load<usize>(p, 0), bias = load<usize>(p, 8);
  const outputs = load<i32>(p, 12), perGroup = load<i32>(p, 16), runs = load<i32>(p, 20);
  const products = load<i32>(p, 24), bytes = load<i32>(p, 28), size = load<i32>(p, 32);
  // Products in 4 bytes are 4, 2 or 1.
  const shift = size == 1 ? 2 : size == 2 ? 1 : 0, mask = (1 << shift) - 1;
  const zx = load<i32>(p, 36), offset = load<i32>(p, 48);
  const swapped = size == 1 ? load<i32>(p, 52) : 0;
  const panels = (perGroup + 7) / 8;
  for (let o = 0; o < outputs; o++) {
    const within = o % perGroup;
    let to = load<usize>(p, 4) + (o / perGroup * panels + within / 8) * runs * bytes * 8 +
      (within & 7) * 4;
    let sum = 0;
    for (let run = 0; run < runs; run++) {
      for (let k = 0; k < products; k++) {
        const place = to + ((k >> shift) ^ (within & swapped)) * 32 + (k & mask) * size;
        if (size == 4) {
          store<f32>(place, load<f32>(from));
          from += 4;
        } else {
          const w: i32 = load<i8>(from++);
          sum += w;
          if (size == 1) store<i8>(place, <i8> (w + offset));
          else store<i16>(place, <i16> w);
        }
      }
      to += bytes * 8;
    }
    if (size != 4) store<i32>(bias, load<i32>(bias) - zx * sum);
    bias += 4;
  }
  return 1;
}

/**
 * Depthwise weights by 4 channels: int16 in pairs of kernel rows (depthwise_int8.ts), or float32 by
 * kernel row and column (depthwise_float32.ts).
 */
export function pack_depthwise(p: usize): i32 {
  let from = load<usize>(p, 0);
  const to = load<usize>(p, 4), bias = load<usize>(p, 8), channels = load<i32>(p, 12);
  const rows = load<i32>(p, 40), columns = load<i32>(p, 44), zx = load<i32>(p, 36);
  const float = load<i32>(p, 32) == 4;
  const block = 16 * columns * (float ? rows : (rows + 1) / 2);
  for (let ky = 0; ky < rows; ky++) {
    for (let kx = 0; kx < columns; kx++) {
      const tap = to + 16 * ((float ? ky : ky / 2) * columns + kx) + (float ? 0 : 2 * (ky & 1));
      for (let c = 0; c < channels; c++) {
        const place = tap + c / 4 * block + (c & 3) * 4;
        if (float) {
          store<f32>(place, load<f32>(from));
          from += 4;
        } else {
          const w: i32 = load<i8>(from++);
          store<i16>(place, <i16> w);
          store<i32>(bias + 4 * c, load<i32>(bias + 4 * c) - zx * w);
        }
      }
    }
  }
  return 1;
}
