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

/* @section kedge_run: kedge_window kedge_inline */
/* A run of cells that stand side by side in the picture: how many lie before it, in it, behind. */
typedef struct {
  int32_t before, inside, after;
} kedge_run;
KEDGE_INLINE kedge_run kedge_cut_run(int32_t row, int32_t column, int32_t cells,
                                     const kedge_window *d) {
  kedge_run run = {0, cells, 0};
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

/* @section kedge_patch: kedge_window kedge_run kedge_copy */
/* Copies the cells under the window at (oy, ox), of one group's channels. */
static void kedge_patch(const int8_t *x, int8_t *to, const kedge_window *d, int32_t oy, int32_t ox,
                        int32_t group, int32_t pad) {
  const int32_t depth = d->depth / d->groups;
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  for (int32_t ky = 0; ky < d->kernel_h; ky++) {
    const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
      const kedge_run run = kedge_cut_run(row, column, cells, d);
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

/* @section kedge_dot2x2: kedge_dsp kedge_load4 */
/* Sums of two pixels with two channels: sum[0…1] of the first pixel, sum[2…3] of the second. */
#if defined(KEDGE_DSP)
KEDGE_INLINE void kedge_dot2x2(const int32_t *x, const int8_t *w0, const int8_t *w1, int32_t pitch,
                               int32_t *sum) {
  int32_t a = sum[0], b = sum[1], c = sum[2], e = sum[3];
  for (const int8_t *end = w0 + pitch; w0 < end; w0 += 4, w1 += 4, x += 4) {
    const int32_t p = kedge_load4(w0), q = kedge_load4(w1);
    const int32_t p02 = kedge_sxtb16(p), q02 = kedge_sxtb16(q);
    a = kedge_smlad(x[0], p02, a);
    b = kedge_smlad(x[0], q02, b);
    c = kedge_smlad(x[1], p02, c);
    e = kedge_smlad(x[1], q02, e);
    const int32_t p13 = kedge_sxtb16_ror8(p), q13 = kedge_sxtb16_ror8(q);
    a = kedge_smlad(x[2], p13, a);
    b = kedge_smlad(x[2], q13, b);
    c = kedge_smlad(x[3], p13, c);
    e = kedge_smlad(x[3], q13, e);
  }
  sum[0] = a, sum[1] = b, sum[2] = c, sum[3] = e;
}
#else
KEDGE_INLINE void kedge_dot2x2(const int8_t *x0, const int8_t *x1, const int8_t *w0,
                               const int8_t *w1, int32_t pitch, int32_t *sum) {
  int32_t a = sum[0], b = sum[1], c = sum[2], e = sum[3];
  for (const int8_t *end = w0 + pitch; w0 < end; w0 += 2, w1 += 2, x0 += 2, x1 += 2) {
    a += x0[0] * w0[0];
    b += x0[0] * w1[0];
    c += x1[0] * w0[0];
    e += x1[0] * w1[0];
    a += x0[1] * w0[1];
    b += x0[1] * w1[1];
    c += x1[1] * w0[1];
    e += x1[1] * w1[1];
  }
  sum[0] = a, sum[1] = b, sum[2] = c, sum[3] = e;
}
#endif

/* @section kedge_load_patch: kedge_expand kedge_patch kedge_run */
/* Makes the patch of one of the two pixels, at scratch. */
#if defined(KEDGE_DSP)
static void kedge_load_patch(const int8_t *x, int8_t *scratch, int32_t pixel, int32_t size,
                             const kedge_window *d, int32_t oy, int32_t ox, int32_t group,
                             int32_t pad) {
  const int32_t depth = d->depth / d->groups, pitch = (size + 3) & ~3;
  int32_t *to = (int32_t *)(void *)scratch + pixel;
  if (depth & 3) {
    int8_t *bytes = scratch + 4 * pitch;
    kedge_patch(x, bytes, d, oy, ox, group, pad);
    kedge_expand(to, bytes, size);
    return;
  }
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  const int32_t pair = (pad & 0xffff) * 0x10001;
  for (int32_t ky = 0; ky < d->kernel_h; ky++) {
    const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
      const kedge_run run = kedge_cut_run(row, column, cells, d);
      const int8_t *from = x + (row * d->width + column + run.before) * d->depth + group * depth;
      to = kedge_expand_repeat(to, pair, run.before * depth);
      to = kedge_expand(to, from, run.inside * depth);
      to = kedge_expand_repeat(to, pair, run.after * depth);
    }
  }
}
#else
static void kedge_load_patch(const int8_t *x, int8_t *scratch, int32_t pixel, int32_t size,
                             const kedge_window *d, int32_t oy, int32_t ox, int32_t group,
                             int32_t pad) {
  const int32_t pitch = (size + 3) & ~3;
  kedge_patch(x, scratch + pixel * pitch, d, oy, ox, group, pad);
}
#endif

/* @section kedge_conv2d_body_s8: kedge_inline kedge_load_patch kedge_dot2x2 kedge_put */
/* An odd pixel or channel at the end meets itself; its second result is not stored. */
KEDGE_INLINE void kedge_conv2d_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                       void *y, int8_t *scratch, const kedge_window *d, int real) {
  const int32_t size = d->kernel_h * d->kernel_w * (d->depth / d->groups), pitch = (size + 3) & ~3;
  const int32_t channels = d->channels, outputs = channels / d->groups;
  const int32_t row = d->out_width, pixels = d->out_height * row;
  memset(scratch, 0, (uint32_t)(5 * pitch));
  int32_t at = 0;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    for (int32_t p = 0; p < pixels; p += 2) {
      const int32_t two = p + 1 < pixels, oy = p / row, ox = p - oy * row;
      for (int32_t group = 0; group < d->groups; group++) {
        kedge_load_patch(x, scratch, 0, size, d, oy, ox, group, q->pad);
        if (two) {
          const int32_t wraps = ox + 1 == row;
          kedge_load_patch(x, scratch, 1, size, d, oy + wraps, wraps ? 0 : ox + 1, group, q->pad);
        }
        const int32_t end = (group + 1) * outputs;
        for (int32_t c = end - outputs; c < end; c += 2) {
          const int32_t last = c + 1 == end, other = last ? c : c + 1;
          const int8_t *w0 = w + c * pitch, *w1 = w + other * pitch;
          int32_t sum[4] = {q->bias[c], q->bias[other], q->bias[c], q->bias[other]};
#if defined(KEDGE_DSP)
          kedge_dot2x2((const int32_t *)(void *)scratch, w0, w1, pitch, sum);
#else
          kedge_dot2x2(scratch, scratch + pitch, w0, w1, pitch, sum);
#endif
          kedge_put(sum[0], q, c, y, at + c, real);
          if (!last) kedge_put(sum[1], q, c + 1, y, at + c + 1, real);
          if (two) {
            kedge_put(sum[2], q, c, y, at + channels + c, real);
            if (!last) kedge_put(sum[3], q, c + 1, y, at + channels + c + 1, real);
          }
        }
      }
      at += (1 + two) * channels;
    }
  }
  kedge_finish(q, y, at, real);
}

/* @section kedge_conv2d_s8: kedge_conv2d_body_s8 */
static void kedge_conv2d_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                            void *scratch, const kedge_window *d) {
  kedge_conv2d_body_s8(x, w, q, y, (int8_t *)scratch, d, 0);
}

/* @section kedge_conv2d_s8_f32: kedge_conv2d_body_s8 */
static void kedge_conv2d_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q, float *y,
                                void *scratch, const kedge_window *d) {
  kedge_conv2d_body_s8(x, w, q, y, (int8_t *)scratch, d, 1);
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
      kedge_put(kedge_dot(scratch, w + c * pitch, pitch, q->bias[c]), q, c, y, at++, real);
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
