// Sums of products of columns: out[i, j] = Σ_n a[n, i] · b[n, j], in float32.
// a and b have `rows` rows of `height` and `width` columns (multiples of 8); out has `height` rows of
// `width`. a may lie in any order: a[n, i] is at n·rowStep + i·columnStep bytes. Rows come in blocks
// that stay in the cache; a tile of 4 × 8 sums stays in registers.

const BLOCK: i32 = 64;

/**
 * Clears `out`, then adds; `upper`, for a height that is the width, leaves out tiles that lie wholly
 * below the diagonal.
 */
export function products(
  a: usize,
  rowStep: usize,
  columnStep: usize,
  b: usize,
  out: usize,
  rows: i32,
  height: i32,
  width: i32,
  upper: bool,
): void {
  const stride: usize = 4 * width;
  memory.fill(out, 0, stride * height);
  for (let first = 0; first < rows; first += BLOCK) {
    const count = min(BLOCK, rows - first);
    const aBlock = a + first * rowStep, bBlock = b + first * stride;
    for (let i = 0; i < height; i += 4) {
      for (let j = upper ? i & ~7 : 0; j < width; j += 8) {
        const from = aBlock + i * columnStep, to = out + i * stride + 4 * j;
        tile(from, rowStep, columnStep, bBlock + 4 * j, to, count, stride);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  a: usize,
  rowStep: usize,
  columnStep: usize,
  b: usize,
  out: usize,
  count: i32,
  stride: usize,
): void {
  let a1 = a + columnStep, a2 = a1 + columnStep, a3 = a2 + columnStep;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let n = 0; n < count; n++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a), x1 = v128.load32_splat(a1);
    const x2 = v128.load32_splat(a2), x3 = v128.load32_splat(a3);
    c00 = f32x4.add(c00, f32x4.mul(x0, b0));
    c01 = f32x4.add(c01, f32x4.mul(x0, b1));
    c10 = f32x4.add(c10, f32x4.mul(x1, b0));
    c11 = f32x4.add(c11, f32x4.mul(x1, b1));
    c20 = f32x4.add(c20, f32x4.mul(x2, b0));
    c21 = f32x4.add(c21, f32x4.mul(x2, b1));
    c30 = f32x4.add(c30, f32x4.mul(x3, b0));
    c31 = f32x4.add(c31, f32x4.mul(x3, b1));
    a += rowStep;
    a1 += rowStep;
    a2 += rowStep;
    a3 += rowStep;
    b += stride;
  }
  add(out, c00, c01);
  add(out + stride, c10, c11);
  add(out + 2 * stride, c20, c21);
  add(out + 3 * stride, c30, c31);
}

// @ts-ignore: decorator
@inline
function add(to: usize, low: v128, high: v128): void {
  v128.store(to, f32x4.add(v128.load(to), low));
  v128.store(to, f32x4.add(v128.load(to, 16), high), 16);
}
