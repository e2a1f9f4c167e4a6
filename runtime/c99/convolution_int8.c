/*
 * Conv2D and FullyConnected with int8 weights: acc[o] = bias[o] + Σ x · w, exact.
 *
 * The cells under a window are copied into a patch; two pixels' patches meet two channels' weights
 * at a time, so that each value loaded takes part in two products (kedge_dot2x2, one for each kind
 * of core).
 *
 * Weights: w[channels][K4], rows of K = kernel_h · kernel_w · depth / groups values in the order
 * of the file, padded with zeros to a multiple of 4, and 12 more bytes behind the last row
 * (converters/targets/mcu/weight_layouts/). The input's zero point is in the bias, and fills the
 * padding.
 *
 * Scratch: 5 · K16 bytes, K16 = K rounded up to a multiple of 16 (FullyConnected: K = depth),
 * aligned to 4.
 */

/* @section kedge_copy: kedge_load4 */
/* Copies a few bytes; gives the place behind them. */
KEDGE_INLINE int8_t *kedge_copy(int8_t *to, const int8_t *from, int32_t count) {
#if defined(__ARM_FEATURE_UNALIGNED)
  for (; count >= 4; count -= 4, from += 4, to += 4) {
    const int32_t word = kedge_load4(from);
    memcpy(to, &word, 4);
  }
#endif
  for (; count > 0; count--) *to++ = *from++;
  return to;
}

/* Writes a byte a few times; gives the place behind. */
KEDGE_INLINE int8_t *kedge_repeat(int8_t *to, int32_t value, int32_t count) {
  for (; count > 0; count--) *to++ = (int8_t)value;
  return to;
}

/* @section kedge_columns: kedge_window kedge_inline */
/* A run of cells that stand side by side in the picture: how many lie before it, in it, behind. */
typedef struct {
  int32_t before, inside, after;
} kedge_columns;
KEDGE_INLINE kedge_columns kedge_cut_run(int32_t row, int32_t column, int32_t cells,
                                     const kedge_window *d) {
  kedge_columns run = {0, cells, 0};
  if (row < 0 || row >= d->height || column >= d->width || column + cells <= 0) {
    run.inside = 0;
    run.after = cells;
  } else {
    if (column < 0) run.before = -column;
    if (column + cells > d->width) run.after = column + cells - d->width;
    run.inside = cells - run.before - run.after;
  }
  return run;
}

/* @section kedge_patch: kedge_window kedge_columns kedge_copy */
/* Copies the cells under the window at (oy, ox), of one group's channels. */
static void kedge_patch(const int8_t *x, int8_t *to, const kedge_window *d, int32_t oy, int32_t ox,
                        int32_t group, int32_t pad) {
  const int32_t depth = d->depth / d->groups;
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  for (int32_t ky = 0; ky < d->kernel_h; ky++) {
    const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
      const kedge_columns run = kedge_cut_run(row, column, cells, d);
      const int8_t *from = x + (row * d->width + column + run.before) * d->depth + group * depth;
      to = kedge_repeat(to, pad, run.before * depth);
      to = kedge_copy(to, from, run.inside * depth);
      to = kedge_repeat(to, pad, run.after * depth);
    }
  }
}

/* @section kedge_expand: kedge_dsp kedge_load4 */
#if defined(KEDGE_DSP)
/* Four int8 a step to two words of int16 pairs, (0, 2) and (1, 3), which stand two words apart:
 * the other pixel's lie between them. */
KEDGE_INLINE int32_t *kedge_expand(int32_t *to, const int8_t *from, int32_t count) {
  for (; count > 0; count -= 4, from += 4, to += 4) {
    const int32_t word = kedge_load4(from);
    to[0] = kedge_sxtb16(word);
    to[2] = kedge_sxtb16_ror8(word);
  }
  return to;
}

/* The same of one value. */
KEDGE_INLINE int32_t *kedge_expand_repeat(int32_t *to, int32_t pair, int32_t count) {
  for (; count > 0; count -= 4, to += 4) to[0] = to[2] = pair;
  return to;
}
#endif

/* @section kedge_load_patch: kedge_expand kedge_patch kedge_columns kedge_mve */
/* Makes the patch of pixel 0 or 1 of a pair and gives its place. */
#if defined(KEDGE_DSP)
static const int8_t *kedge_load_patch(const int8_t *x, int8_t *scratch, int32_t pixel,
                                      int32_t size, const kedge_window *d, int32_t oy, int32_t ox,
                                      int32_t group, int32_t pad) {
  const int32_t depth = d->depth / d->groups, pitch = (size + 3) & ~3;
  int32_t *to = (int32_t *)(void *)scratch + pixel;
  if (depth & 3) {
    int8_t *bytes = scratch + 4 * pitch;
    kedge_patch(x, bytes, d, oy, ox, group, pad);
    kedge_expand(to, bytes, size);
    return scratch;
  }
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  const int32_t pair = (pad & 0xffff) * 0x10001;
  for (int32_t ky = 0; ky < d->kernel_h; ky++) {
    const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
      const kedge_columns run = kedge_cut_run(row, column, cells, d);
      const int8_t *from = x + (row * d->width + column + run.before) * d->depth + group * depth;
      to = kedge_expand_repeat(to, pair, run.before * depth);
      to = kedge_expand(to, from, run.inside * depth);
      to = kedge_expand_repeat(to, pair, run.after * depth);
    }
  }
  return scratch;
}
#else
static const int8_t *kedge_load_patch(const int8_t *x, int8_t *scratch, int32_t pixel,
                                      int32_t size, const kedge_window *d, int32_t oy, int32_t ox,
                                      int32_t group, int32_t pad) {
  int8_t *to = scratch + pixel * ((size + 15) & ~15);
  /* One whole cell needs no copy. */
  if (size == d->depth && !(size & 15) && !d->pad_top && !d->pad_left) {
    return x + (oy * d->stride_h * d->width + ox * d->stride_w) * size;
  }
  kedge_patch(x, to, d, oy, ox, group, pad);
  return to;
}
#endif

/* @section kedge_tile_body: kedge_inline kedge_dsp kedge_mve kedge_load4 kedge_put4 */
/* Outputs of channels `from` … `to` − 1 of two pixels, whose patches are x0 and x1. An odd channel
 * at the end meets itself. */
#if defined(KEDGE_DSP)
/* One step of four products for each of four sums: u, v are int16 pairs of both pixels. */
#define KEDGE_STEP \
  "ldr %[p], [%[w0]], #4\n\t" \
  "ldr %[q], [%[w1]], #4\n\t" \
  "ldrd %[u], %[v], [%[x]], #8\n\t" \
  "sxtb16 %[t], %[p]\n\t" \
  "smlad %[a], %[u], %[t], %[a]\n\t" \
  "smlad %[c], %[v], %[t], %[c]\n\t" \
  "sxtb16 %[t], %[q]\n\t" \
  "smlad %[b], %[u], %[t], %[b]\n\t" \
  "smlad %[e], %[v], %[t], %[e]\n\t" \
  "ldrd %[u], %[v], [%[x]], #8\n\t" \
  "sxtb16 %[t], %[p], ror #8\n\t" \
  "smlad %[a], %[u], %[t], %[a]\n\t" \
  "smlad %[c], %[v], %[t], %[c]\n\t" \
  "sxtb16 %[t], %[q], ror #8\n\t" \
  "smlad %[b], %[u], %[t], %[b]\n\t" \
  "smlad %[e], %[v], %[t], %[e]\n\t"
KEDGE_INLINE void kedge_tile_body(const int8_t *x0, const int8_t *x1, const int8_t *w,
                                  int32_t pitch, int32_t from, int32_t to, const kedge_layer *l,
                                  void *y0, void *y1, int real) {
  const int32_t zero = l->zero;
  const int8_t *w0 = w + from * pitch;
  (void)x1;
  for (int32_t i = from; i < to; i += 2) {
    const int32_t other = i + 1 < to ? i + 1 : i;
    const int8_t *w1 = w0 + (other - i) * pitch, *x = x0;
    int32_t a = l->bias[i], b = l->bias[other], c = a, e = b;
    int32_t steps = pitch >> 2, p, q, t, u, v;
    __asm__ volatile(
        "lsrs %[n], %[n], #1\n\t"
        "bcc 1f\n\t" KEDGE_STEP
        "1: cmp %[n], #0\n\t"
        "beq 3f\n"
        "2:\n\t" KEDGE_STEP KEDGE_STEP
        "subs %[n], %[n], #1\n\t"
        "bne 2b\n"
        "3:\n\t"
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [e] "+r"(e), [x] "+r"(x), [w0] "+r"(w0),
          [w1] "+r"(w1), [n] "+r"(steps), [p] "=&r"(p), [q] "=&r"(q), [t] "=&r"(t), [u] "=&r"(u),
          [v] "=&r"(v)
        :
        : "cc", "memory");
    w0 = w1;
    const float m = l->multiplier[i], o = l->multiplier[other];
    int32_t sum[4] = {a, b, c, e};
    kedge_put4(sum, m, o, m, o, zero, l, y0, y1, i, other, real);
  }
}
#else
KEDGE_INLINE void kedge_tile_body(const int8_t *x0, const int8_t *x1, const int8_t *w,
                                  int32_t pitch, int32_t from, int32_t to, const kedge_layer *l,
                                  void *y0, void *y1, int real) {
  for (int32_t i = from; i < to; i += 2) {
    const int32_t other = i + 1 < to ? i + 1 : i;
    const int8_t *w0 = w + i * pitch, *w1 = w + other * pitch, *p = x0, *q = x1;
    int32_t a = l->bias[i], b = l->bias[other], c = a, e = b;
    for (const int8_t *end = w0 + pitch; w0 < end; w0 += 2, w1 += 2, p += 2, q += 2) {
      a += p[0] * w0[0];
      b += p[0] * w1[0];
      c += q[0] * w0[0];
      e += q[0] * w1[0];
      a += p[1] * w0[1];
      b += p[1] * w1[1];
      c += q[1] * w0[1];
      e += q[1] * w1[1];
    }
    const float m = l->multiplier[i], o = l->multiplier[other];
    int32_t sum[4] = {a, b, c, e};
    kedge_put4(sum, m, o, m, o, l->zero, l, y0, y1, i, other, real);
  }
}
#endif

/* @section kedge_tile_s8: kedge_tile_body kedge_noinline */
static KEDGE_NOINLINE void kedge_tile_s8(const int8_t *x0, const int8_t *x1, const int8_t *w,
                                         int32_t pitch, int32_t from, int32_t to,
                                         const kedge_layer *q, void *y0, void *y1) {
  kedge_tile_body(x0, x1, w, pitch, from, to, q, y0, y1, 0);
}

/* @section kedge_tile_f32: kedge_tile_body kedge_noinline */
static KEDGE_NOINLINE void kedge_tile_f32(const int8_t *x0, const int8_t *x1, const int8_t *w,
                                          int32_t pitch, int32_t from, int32_t to,
                                          const kedge_layer *q, void *y0, void *y1) {
  kedge_tile_body(x0, x1, w, pitch, from, to, q, y0, y1, 1);
}

/* @section kedge_tile: kedge_layer */
/* kedge_tile_s8 or kedge_tile_f32. */
typedef void kedge_tile(const int8_t *x0, const int8_t *x1, const int8_t *w, int32_t pitch,
                        int32_t from, int32_t to, const kedge_layer *q, void *y0, void *y1);

/* @section kedge_conv2d_body_s8: kedge_inline kedge_load_patch kedge_tile */
/* `width` is the bytes of one output. An odd pixel at the end is computed twice. */
KEDGE_INLINE void kedge_conv2d_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                       void *y, int8_t *scratch, const kedge_window *d,
                                       int32_t width, kedge_tile *tile) {
  const int32_t size = d->kernel_h * d->kernel_w * (d->depth / d->groups), pitch = (size + 3) & ~3;
  const int32_t outputs = d->channels / d->groups, bytes = d->channels * width;
  const int32_t row = d->out_width, pixels = d->out_height * row;
  int8_t *y0 = (int8_t *)y;
  memset(scratch, 0, (uint32_t)(5 * ((size + 15) & ~15)));
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    int32_t oy = 0, ox = 0;
    for (int32_t p = 0; p < pixels; p += 2) {
      const int32_t two = p + 1 < pixels, wraps = ox + 1 == row;
      const int32_t next_y = two && wraps ? oy + 1 : oy;
      const int32_t next_x = two ? (wraps ? 0 : ox + 1) : ox;
      int8_t *y1 = two ? y0 + bytes : y0;
      for (int32_t group = 0, c = 0; group < d->groups; group++, c += outputs) {
        const int8_t *x0 = kedge_load_patch(x, scratch, 0, size, d, oy, ox, group, q->pad);
        const int8_t *x1 = kedge_load_patch(x, scratch, 1, size, d, next_y, next_x, group, q->pad);
        tile(x0, x1, w, pitch, c, c + outputs, q, y0, y1);
      }
      y0 = y1 + bytes;
      oy = next_y + (next_x + 1 == row);
      ox = next_x + 1 == row ? 0 : next_x + 1;
    }
  }
}

/* @section kedge_conv2d_s8: kedge_conv2d_body_s8 kedge_tile_s8 kedge_tighten */
static void kedge_conv2d_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                            void *scratch, const kedge_window *d) {
  kedge_conv2d_body_s8(x, w, q, y, (int8_t *)scratch, d, 1, kedge_tile_s8);
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}

/* @section kedge_conv2d_s8_f32: kedge_conv2d_body_s8 kedge_tile_f32 */
static void kedge_conv2d_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q, float *y,
                                void *scratch, const kedge_window *d) {
  kedge_conv2d_body_s8(x, w, q, y, (int8_t *)scratch, d, 4, kedge_tile_f32);
}

/* @section kedge_dot: */
/* Σ a · b over `count`, a multiple of 4. */
static int32_t kedge_dot(const int8_t *a, const int8_t *b, int32_t count, int32_t sum) {
  for (int32_t k = 0; k < count; k += 4) {
    sum += a[k] * b[k];
    sum += a[k + 1] * b[k + 1];
    sum += a[k + 2] * b[k + 2];
    sum += a[k + 3] * b[k + 3];
  }
  return sum;
}

/* @section kedge_fully_connected_body_s8: kedge_inline kedge_dot kedge_put */
KEDGE_INLINE void kedge_fully_connected_body_s8(const int8_t *x, const int8_t *w,
                                                const kedge_layer *q, void *y, int8_t *scratch,
                                                int32_t rows, int32_t depth, int32_t channels,
                                                int real) {
  const int32_t pitch = (depth + 3) & ~3;
  int32_t at = 0;
  memset(scratch + depth, 0, (uint32_t)(pitch - depth));
  for (int32_t row = 0; row < rows; row++, x += depth) {
    memcpy(scratch, x, (uint32_t)depth);
    for (int32_t c = 0; c < channels; c++) {
      const int32_t sum = kedge_dot(scratch, w + c * pitch, pitch, q->bias[c]);
      kedge_put(sum, q->multiplier[c], q->zero, q, y, at++, real);
    }
  }
  kedge_finish(q, y, at, real);
}

/* @section kedge_fully_connected_s8: kedge_fully_connected_body_s8 */
/* x[rows, depth] gives y[rows, channels]. */
static void kedge_fully_connected_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                     int8_t *y, void *scratch, int32_t rows, int32_t depth,
                                     int32_t channels) {
  kedge_fully_connected_body_s8(x, w, q, y, (int8_t *)scratch, rows, depth, channels, 0);
}

/* @section kedge_fully_connected_s8_f32: kedge_fully_connected_body_s8 */
static void kedge_fully_connected_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                         float *y, void *scratch, int32_t rows, int32_t depth,
                                         int32_t channels) {
  kedge_fully_connected_body_s8(x, w, q, y, (int8_t *)scratch, rows, depth, channels, 1);
}
