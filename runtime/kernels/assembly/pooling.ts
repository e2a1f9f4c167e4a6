// Pooling over NHWC. Words of `p`: 0 x · 1 y · 2 batch · 3 H · 4 W · 5 C · 6 OH · 7 OW · 8 KH ·
// 9 KW · 10 strideH · 11 strideW · 12 padTop · 13 padLeft · 14 padBottom · 15 padRight · 16 zx ·
// 17 zy · 18 countIncludePad · 19 factor · 20 min · 21 max (zero point taken off for averages).
import { clamp4, magic, round4, rounding, scale4, storeBytes, storeFloats } from "./requantize";

// Vectors reach behind the last channel; what is read there is not stored.

function within(value: i32, low: i32, high: i32): i32 {
  return value < low ? low : value > high ? high : value;
}

export function max_pool_int8(p: usize): void {
  pool(p, 0);
}

export function max_pool_float32(p: usize): void {
  pool(p, 1);
}

export function average_pool_int8(p: usize): void {
  pool(p, 2);
}

export function average_pool_int8_float32(p: usize): void {
  pool(p, 3);
}

export function average_pool_float32(p: usize): void {
  pool(p, 4);
}

// @ts-ignore: decorator
@inline
function pool(p: usize, kind: i32): void {
  const x = load<usize>(p, 0), batch = load<i32>(p, 8), height = load<i32>(p, 12);
  const width = load<i32>(p, 16), channels = load<i32>(p, 20);
  const outH = load<i32>(p, 24), outW = load<i32>(p, 28);
  const kernelH = load<i32>(p, 32), kernelW = load<i32>(p, 36);
  const min = load<f32>(p, 80), max = load<f32>(p, 84);
  let y = load<usize>(p, 4);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      const top = oy * load<i32>(p, 40) - load<i32>(p, 48);
      const y0 = within(top, 0, height), y1 = within(top + kernelH, 0, height);
      const rows = within(top + kernelH, 0, height + load<i32>(p, 56)) - top;
      for (let ox = 0; ox < outW; ox++) {
        const left = ox * load<i32>(p, 44) - load<i32>(p, 52);
        const x0 = within(left, 0, width), x1 = within(left + kernelW, 0, width);
        const columns = within(left + kernelW, 0, width + load<i32>(p, 60)) - left;
        const cells = (y1 - y0) * (x1 - x0);
        const inside: i32 = cells > 1 ? cells : 1;
        const count = load<i32>(p, 72) ? rows * columns : inside;
        const base = x + (n * height + y0) * width * channels * (kind == 1 || kind == 4 ? 4 : 1);
        const line = width * channels;
        if (kind == 0) {
          const low = i8x16.splat(<i8> min), high = i8x16.splat(<i8> max);
          for (let c = 0; c < channels; c += 16) {
            let best = i8x16.splat(-128);
            for (let yy = 0; yy < y1 - y0; yy++) {
              for (let xx = x0; xx < x1; xx++) {
                best = i8x16.max_s(best, v128.load(base + yy * line + xx * channels + c));
              }
            }
            best = i8x16.min_s(i8x16.max_s(best, low), high);
            if (c + 16 <= channels) v128.store(y + c, best);
            else storeBytes(y + c, best, channels - c);
          }
        } else if (kind == 1 || kind == 4) {
          const low = f32x4.splat(min), high = f32x4.splat(max), cells4 = f32x4.splat(<f32> count);
          for (let c = 0; c < channels; c += 4) {
            let all = f32x4.splat(kind == 1 ? -Infinity : 0);
            for (let yy = 0; yy < y1 - y0; yy++) {
              for (let xx = x0; xx < x1; xx++) {
                const values = v128.load(base + 4 * (yy * line + xx * channels + c));
                all = kind == 1 ? f32x4.pmax(all, values) : f32x4.add(all, values);
              }
            }
            if (kind == 4) all = f32x4.div(all, cells4);
            all = clamp4(all, low, high);
            if (c + 4 <= channels) v128.store(y + 4 * c, all);
            else storeFloats(y + 4 * c, all, all, channels - c);
          }
        } else {
          const zero = i32x4.splat(cells * load<i32>(p, 64));
          const scale = f32x4.splat(load<f32>(p, 76) / <f32> count);
          const low4 = f32x4.splat(min), high4 = f32x4.splat(max);
          const bits = rounding(load<i32>(p, 68)), whole = magic(bits, load<i32>(p, 68));
          for (let c = 0; c < channels; c += 8) {
            let low = i32x4.splat(0), high = low;
            for (let yy = 0; yy < y1 - y0; yy++) {
              let at = base + yy * line + x0 * channels + c;
              for (let xx = x0; xx < x1; xx++) {
                const values = v128.load8x8_s(at);
                low = i32x4.add(low, i32x4.extend_low_i16x8_s(values));
                high = i32x4.add(high, i32x4.extend_high_i16x8_s(values));
                at += channels;
              }
            }
            low = scale4(i32x4.sub(low, zero), scale, low4, high4);
            high = scale4(i32x4.sub(high, zero), scale, low4, high4);
            const rest = channels - c;
            if (kind == 2) {
              const words = i16x8.narrow_i32x4_s(round4(low, bits, whole), round4(high, bits, whole));
              const bytes = i8x16.narrow_i16x8_s(words, words);
              if (rest >= 8) v128.store64_lane(y + c, bytes, 0);
              else storeBytes(y + c, bytes, rest);
            } else storeFloats(y + 4 * c, low, high, rest < 8 ? rest : 8);
          }
        }
        y += channels * (kind == 0 || kind == 2 ? 1 : 4);
      }
    }
  }
}
