/*
 * DepthwiseConv2D with int8 weights: acc[c] = bias[c] + Σ x · w over the window, exact.
 *
 * Each pixel gets a list of where its taps read; a tap in the padding reads a cell of padding.
 *
 * Weights: w[kernel_h][kernel_w][channels], as in the file. The input's zero point is in the bias.
 * Scratch, aligned to 8: 24 · kernel_h · kernel_w + channels bytes; for 3 × 3 windows at least
 * 18 · channels, rounded up to a multiple of 72, + 24 · ((out_width − 1) · stride_w + 3)
 * (converters/targets/mcu/weight_layouts/scratch_bytes.ts).
 *
 * A row of outputs is written after all that it needs has been read, so that the output may follow
 * its input through the same memory.
 */

/* @section kedge_taps: kedge_window */
/* Where each tap of the window at (oy, ox) reads its channels. */
static void kedge_taps(const int8_t *x, const int8_t *padding, const int8_t **taps,
                       const kedge_window *d, int32_t oy, int32_t ox) {
  const int32_t depth = d->depth, kernel_w = d->kernel_w, left = ox * d->stride_w - d->pad_left;
  int32_t row = oy * d->stride_h - d->pad_top;
  for (int32_t ky = d->kernel_h; ky > 0; ky--, row += d->dilation_h) {
    const int8_t *cell = x + (row * d->width + left) * depth;
    const int32_t height = row < 0 || row >= d->height ? 0 : d->width;
    int32_t column = left;
    for (int32_t kx = kernel_w; kx > 0; kx--, column += d->dilation_w) {
      *taps++ = (uint32_t)column < (uint32_t)height ? cell : padding;
      cell += d->dilation_w * depth;
    }
  }
}

/* @section kedge_taps_job: */
/* `pixels` pixels of one row, whose cells stand `step` bytes apart from where the taps point. */
typedef struct {
  const int8_t *const *taps;
  const int8_t *w;
  int32_t count, channels, pixels, step;
  const int8_t *repeated; /* the weights of a few channels 16 ÷ channels times, or null */
  void *y;
} kedge_taps_job;

/* @section kedge_taps16: kedge_inline kedge_mve kedge_layer kedge_taps_job */
#if defined(KEDGE_MVE)
/* 16 lanes from channel c on, or `lanes` where not `full`: then lane i is channel i & mask. Products
 * are widened in two steps, even and odd lanes apart, which leaves the sums of lanes 0, 4, 8, 12,
 * then 2, 6, …, 1, 5, … and 3, 7, … in four vectors; narrowing brings them back in order. Vectors
 * flush subnormal values to zero, which end as zero here anyway. */
KEDGE_INLINE void kedge_taps16(const kedge_taps_job *job, int32_t shift, const int8_t *w,
                               int32_t step, const kedge_layer *q, int32_t c, int8_t *y, int full,
                               int32_t lanes, uint32_t mask) {
  const mve_pred16_t used = vctp8q((uint32_t)lanes);
  const uint32x4_t every4 = vidupq_n_u32(0, 4), last = vdupq_n_u32((uint32_t)lanes - 1);
  const uint32x4_t masks = vdupq_n_u32(mask);
#define KEDGE_EVERY4(load, from, k) \
  load((from) + (full ? c + (k) : c), \
       full ? every4 : vandq_u32(vminq_u32(vaddq_n_u32(every4, (k)), last), masks))
#define KEDGE_SCALE4(sum, k) \
  vcvtnq_s32_f32(vmulq_f32( \
      vcvtq_f32_s32(sum), \
      KEDGE_EVERY4(vldrwq_gather_shifted_offset_f32, q->multiplier, k)))
  int32x4_t sum0 = KEDGE_EVERY4(vldrwq_gather_shifted_offset_s32, q->bias, 0);
  int32x4_t sum1 = KEDGE_EVERY4(vldrwq_gather_shifted_offset_s32, q->bias, 1);
  int32x4_t sum2 = KEDGE_EVERY4(vldrwq_gather_shifted_offset_s32, q->bias, 2);
  int32x4_t sum3 = KEDGE_EVERY4(vldrwq_gather_shifted_offset_s32, q->bias, 3);
  const int8_t *const *tap = job->taps;
  for (int32_t t = job->count; t > 0; t--, w += step) {
    const int8_t *cell = *tap++ + shift;
    const int8x16_t x = full ? vldrbq_s8(cell) : vldrbq_z_s8(cell, used);
    const int8x16_t v = full ? vldrbq_s8(w) : vldrbq_z_s8(w, used);
    const int16x8_t even = vmullbq_int_s8(x, v), odd = vmulltq_int_s8(x, v);
    sum0 = vaddq_s32(sum0, vmovlbq_s16(even));
    sum2 = vaddq_s32(sum2, vmovltq_s16(even));
    sum1 = vaddq_s32(sum1, vmovlbq_s16(odd));
    sum3 = vaddq_s32(sum3, vmovltq_s16(odd));
  }
  sum0 = KEDGE_SCALE4(sum0, 0), sum1 = KEDGE_SCALE4(sum1, 1);
  sum2 = KEDGE_SCALE4(sum2, 2), sum3 = KEDGE_SCALE4(sum3, 3);
  const int16x8_t zero = vdupq_n_s16(q->zero);
  int16x8_t even = vqmovnbq_s32(vreinterpretq_s16_s32(sum0), sum0);
  int16x8_t odd = vqmovnbq_s32(vreinterpretq_s16_s32(sum1), sum1);
  even = vqaddq_s16(vqmovntq_s32(even, sum2), zero);
  odd = vqaddq_s16(vqmovntq_s32(odd, sum3), zero);
  const int8x16_t out = vqmovntq_s16(vqmovnbq_s16(vreinterpretq_s8_s16(even), even), odd);
  if (full) {
    vstrbq_s8(y, out);
  } else {
    vstrbq_p_s8(y, out, used);
  }
}

/* Whether pixels side by side fill a vector together. */
KEDGE_INLINE int kedge_few_channels(int32_t channels, int32_t stride) {
  return channels < 16 && stride == 1 && !(channels & (channels - 1));
}

/* All channels of all pixels; w are the repeated weights for a few channels of each. */
static void kedge_taps_vectors(const kedge_taps_job *job, const kedge_layer *q) {
  const int32_t channels = job->channels;
  const int8_t *w = job->w;
  int8_t *y = (int8_t *)job->y;
  if (job->repeated) {
    const int32_t all = job->pixels * channels;
    for (int32_t at = 0; at < all; at += 16) {
      kedge_taps16(job, at, job->repeated, 16, q, 0, y + at, 0, all - at < 16 ? all - at : 16,
                   (uint32_t)channels - 1);
    }
    return;
  }
  for (int32_t p = 0; p < job->pixels; p++, y += channels) {
    int32_t c = 0;
    for (; c + 16 <= channels; c += 16) {
      kedge_taps16(job, p * job->step + c, w + c, channels, q, c, y + c, 1, 16, 0);
    }
    if (c < channels) {
      kedge_taps16(job, p * job->step + c, w + c, channels, q, c, y + c, 0, channels - c, 15);
    }
  }
}
#endif

/* @section kedge_taps4: kedge_inline kedge_dsp kedge_load4 kedge_taps_job kedge_put4 */
#if defined(KEDGE_DSP)
/* Four channels of one tap; all registers, as KEDGE_COLUMN. */
#define KEDGE_TAP(weights) \
  "ldr %[p], [%[tap]], #4\n\t" \
  "ldr %[v], [%[w]" weights "]\n\t" \
  "ldr %[p], [%[p], %[at]]\n\t" \
  "sxtb16 %[s], %[v]\n\t" \
  "sxtb16 %[v], %[v], ror #8\n\t" \
  "sxtb16 %[t], %[p]\n\t" \
  "sxtb16 %[p], %[p], ror #8\n\t" \
  "smlabb %[a], %[t], %[s], %[a]\n\t" \
  "smlatt %[c], %[t], %[s], %[c]\n\t" \
  "smlabb %[b], %[p], %[v], %[b]\n\t" \
  "smlatt %[d], %[p], %[v], %[d]\n\t"
/* Four channels from c on of all pixels. */
KEDGE_INLINE void kedge_taps4(const kedge_taps_job *job, const kedge_layer *q, int32_t c,
                              int real) {
  const int32_t threes = job->count / 3, rest = job->count - 3 * threes, zero = q->zero;
  const int32_t channels = job->channels;
  const int32_t *bias = q->bias + c;
  const float m0 = q->multiplier[c], m1 = q->multiplier[c + 1], m2 = q->multiplier[c + 2],
              m3 = q->multiplier[c + 3];
  int32_t shift = c;
  int8_t *y = (int8_t *)job->y + c * (real ? 4 : 1);
  for (int32_t p = job->pixels; p > 0; p--) {
    const int8_t *const *tap = job->taps;
    const int8_t *at = job->w + c;
    int32_t left = threes, v, s, t, u;
    int32_t sum0 = bias[0], sum1 = bias[1], sum2 = bias[2], sum3 = bias[3];
#if defined(__OPTIMIZE__)
    if (left) {
      __asm__ volatile(
          "1:\n\t" KEDGE_TAP("") KEDGE_TAP(", %[ch]") KEDGE_TAP(", %[ch], lsl #1")
          "add %[w], %[w], %[ch]\n\t"
          "subs %[n], %[n], #1\n\t"
          "add %[w], %[w], %[ch], lsl #1\n\t"
          "bne 1b"
          : [a] "+r"(sum0), [b] "+r"(sum1), [c] "+r"(sum2), [d] "+r"(sum3), [tap] "+r"(tap),
            [w] "+r"(at), [n] "+r"(left), [p] "=&r"(u), [v] "=&r"(v), [s] "=&r"(s), [t] "=&r"(t)
          : [at] "r"(shift), [ch] "r"(channels)
          : "cc", "memory");
    }
    for (int32_t i = rest; i > 0; i--, at += channels) {
      __asm__ volatile(KEDGE_TAP("")
          : [a] "+r"(sum0), [b] "+r"(sum1), [c] "+r"(sum2), [d] "+r"(sum3), [tap] "+r"(tap),
            [p] "=&r"(u), [v] "=&r"(v), [s] "=&r"(s), [t] "=&r"(t)
          : [at] "r"(shift), [w] "r"(at)
          : "memory");
    }
#else
    for (left = job->count; left > 0; left--, at += channels) {
      u = kedge_load4(*tap++ + shift), v = kedge_load4(at);
      s = kedge_sxtb16(u), t = kedge_sxtb16(v);
      sum0 = kedge_smlabb(s, t, sum0), sum2 = kedge_smlatt(s, t, sum2);
      s = kedge_sxtb16_ror8(u), t = kedge_sxtb16_ror8(v);
      sum1 = kedge_smlabb(s, t, sum1), sum3 = kedge_smlatt(s, t, sum3);
    }
    (void)rest;
#endif
    int32_t sum[4] = {sum0, sum1, sum2, sum3};
    kedge_put4(sum, m0, m1, m2, m3, zero, q, y, y + 2 * (real ? 4 : 1), 0, 1, real);
    shift += job->step;
    y += channels * (real ? 4 : 1);
  }
}
#else
/* Four channels from c on of all pixels. */
KEDGE_INLINE void kedge_taps4(const kedge_taps_job *job, const kedge_layer *q, int32_t c,
                              int real) {
  const int32_t channels = job->channels, size = real ? 4 : 1;
  int8_t *y = (int8_t *)job->y + c * size;
  int32_t shift = c;
  for (int32_t p = job->pixels; p > 0; p--, shift += job->step, y += channels * size) {
    const int8_t *const *tap = job->taps;
    const int8_t *at = job->w + c;
    int32_t sum0 = q->bias[c], sum1 = q->bias[c + 1], sum2 = q->bias[c + 2], sum3 = q->bias[c + 3];
    for (int32_t t = job->count; t > 0; t--, at += channels) {
      const int8_t *cell = *tap++ + shift;
      sum0 += cell[0] * at[0];
      sum1 += cell[1] * at[1];
      sum2 += cell[2] * at[2];
      sum3 += cell[3] * at[3];
    }
    int32_t sum[4] = {sum0, sum1, sum2, sum3};
    const float *m = q->multiplier + c;
    kedge_put4(sum, m[0], m[1], m[2], m[3], q->zero, q, y, y + 2 * size, 0, 1, real);
  }
}
#endif

/* @section kedge_taps_body: kedge_inline kedge_taps_job kedge_taps4 kedge_taps16 kedge_put */
KEDGE_INLINE void kedge_taps_body(const kedge_taps_job *job, const kedge_layer *q, int real) {
  const int32_t channels = job->channels;
  int32_t c = 0;
#if defined(KEDGE_MVE)
  if (!real) {
    kedge_taps_vectors(job, q);
    return;
  }
#endif
  for (; c + 4 <= channels; c += 4) kedge_taps4(job, q, c, real);
  for (; c < channels; c++) {
    for (int32_t p = 0; p < job->pixels; p++) {
      const int8_t *at = job->w + c;
      int32_t sum = q->bias[c];
      for (int32_t t = 0; t < job->count; t++, at += channels) {
        sum += job->taps[t][p * job->step + c] * *at;
      }
      kedge_put(sum, q->multiplier[c], q->zero, q, job->y, p * channels + c, real);
    }
  }
}

/* @section kedge_taps_s8: kedge_taps_body kedge_noinline */
static KEDGE_NOINLINE void kedge_taps_s8(const kedge_taps_job *job, const kedge_layer *q) {
  kedge_taps_body(job, q, 0);
}

/* @section kedge_taps_f32: kedge_taps_body kedge_noinline */
static KEDGE_NOINLINE void kedge_taps_f32(const kedge_taps_job *job, const kedge_layer *q) {
  kedge_taps_body(job, q, 1);
}

/* @section kedge_columns: kedge_inline kedge_noinline kedge_dsp kedge_window kedge_load4 kedge_put4 */
#if defined(KEDGE_DSP)
/* Three cells of a column, four channels each, as int16 pairs: (row 0, row 1) of channels 0 and 2,
 * row 2 of both, then the same of channels 1 and 3. */
KEDGE_INLINE void kedge_column(int32_t *to, int32_t row0, int32_t row1, int32_t row2) {
  const int32_t a = kedge_sxtb16(row0), b = kedge_sxtb16(row1);
  to[0] = kedge_pkhbt(a, b);
  to[1] = kedge_pkhtb(a, b);
  to[2] = kedge_sxtb16(row2);
  const int32_t c = kedge_sxtb16_ror8(row0), d = kedge_sxtb16_ror8(row1);
  to[3] = kedge_pkhbt(c, d);
  to[4] = kedge_pkhtb(c, d);
  to[5] = kedge_sxtb16_ror8(row2);
}

/* One column of x with one of w; it leaves too few registers for a build that optimizes nothing. */
#define KEDGE_COLUMN \
  "ldmia %[x]!, {r4, r5, r6}\n\t" \
  "ldmia %[w]!, {r8, r9, r10}\n\t" \
  "smlad %[a], r4, r8, %[a]\n\t" \
  "smlad %[c], r5, r9, %[c]\n\t" \
  "smlabb %[a], r6, r10, %[a]\n\t" \
  "smlatt %[c], r6, r10, %[c]\n\t" \
  "ldmia %[x]!, {r4, r5, r6}\n\t" \
  "ldmia %[w]!, {r8, r9, r10}\n\t" \
  "smlad %[b], r4, r8, %[b]\n\t" \
  "smlad %[d], r5, r9, %[d]\n\t" \
  "smlabb %[b], r6, r10, %[b]\n\t" \
  "smlatt %[d], r6, r10, %[d]\n\t"

/* Weights of all groups of four channels, 18 words each; the last four channels overlap those
 * before. Gives the place behind. */
static int32_t *kedge_unpack_columns(const int8_t *w, int32_t channels, int32_t *to) {
  for (int32_t c = 0; c < channels; c += 4) {
    const int8_t *at = w + (c < channels - 4 ? c : channels - 4);
    for (int32_t k = 0; k < 3; k++, at += channels, to += 6) {
      kedge_column(to, kedge_load4(at), kedge_load4(at + 3 * channels),
                   kedge_load4(at + 6 * channels));
    }
  }
  return to;
}

/* Four channels from c on of one row of 3 × 3 windows. Each column is unpacked once, for all
 * windows that share it: two rows' products are then one instruction. `columns` has room for
 * 6 words a column. */
KEDGE_INLINE void kedge_columns_body(const int8_t *x, const int32_t *w, const kedge_layer *q,
                                     int8_t *y, int32_t *columns, const kedge_window *d,
                                     int32_t oy, int32_t c, int real) {
  const int32_t channels = d->channels, width = d->width, zero = q->zero, size = real ? 4 : 1;
  const int32_t left = -(int32_t)d->pad_left, top = oy * d->stride_h - d->pad_top;
  const int32_t end = left + (d->out_width - 1) * d->stride_w + 3, stride = 6 * d->stride_w;
  const int32_t padding = (q->pad & 0xff) * 0x01010101;
  const float m0 = q->multiplier[c], m1 = q->multiplier[c + 1], m2 = q->multiplier[c + 2],
              m3 = q->multiplier[c + 3];
  const int8_t *row[3];
  int32_t step[3], *to = columns;
  for (int32_t k = 0; k < 3; k++) {
    const int inside = top + k >= 0 && top + k < d->height;
    row[k] = inside ? x + (top + k) * width * channels + c : (const int8_t *)&padding;
    step[k] = inside ? channels : 0;
  }
  const int8_t *row0 = row[0], *row1 = row[1], *row2 = row[2];
  for (int32_t i = left; i < end; i++, to += 6) {
    if (i < 0 || i >= width) {
      kedge_column(to, padding, padding, padding);
    } else {
      kedge_column(to, kedge_load4(row0), kedge_load4(row1), kedge_load4(row2));
      row0 += step[0], row1 += step[1], row2 += step[2];
    }
  }
  y += c * size;
  for (int32_t ox = d->out_width; ox > 0; ox--, columns += stride, y += channels * size) {
    const int32_t *at = columns, *weights = w;
    int32_t a = q->bias[c], b = q->bias[c + 1], e = q->bias[c + 2], f = q->bias[c + 3];
#if defined(__OPTIMIZE__)
    __asm__ volatile(KEDGE_COLUMN KEDGE_COLUMN KEDGE_COLUMN
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(e), [d] "+r"(f), [x] "+r"(at), [w] "+r"(weights)
        :
        : "r4", "r5", "r6", "r8", "r9", "r10", "memory");
#else
    for (const int32_t *stop = at + 18; at < stop; at += 6, weights += 6) {
      a = kedge_smlabb(at[2], weights[2], kedge_smlad(at[0], weights[0], a));
      e = kedge_smlatt(at[2], weights[2], kedge_smlad(at[1], weights[1], e));
      b = kedge_smlabb(at[5], weights[5], kedge_smlad(at[3], weights[3], b));
      f = kedge_smlatt(at[5], weights[5], kedge_smlad(at[4], weights[4], f));
    }
#endif
    int32_t sum[4] = {a, b, e, f};
    kedge_put4(sum, m0, m1, m2, m3, zero, q, y, y + 2 * size, 0, 1, real);
  }
}
#endif

/* @section kedge_columns_s8: kedge_columns kedge_layer kedge_window */
/* kedge_columns_s8 or kedge_columns_f32; null without DSP instructions. */
typedef void kedge_columns(const int8_t *x, const int32_t *w, const kedge_layer *q, int8_t *y,
                           int32_t *columns, const kedge_window *d, int32_t oy, int32_t c);
#if defined(KEDGE_DSP)
static KEDGE_NOINLINE void kedge_columns_s8(const int8_t *x, const int32_t *w,
                                            const kedge_layer *q, int8_t *y, int32_t *columns,
                                            const kedge_window *d, int32_t oy, int32_t c) {
  kedge_columns_body(x, w, q, y, columns, d, oy, c, 0);
}
#else
#define kedge_columns_s8 0
#endif

/* @section kedge_columns_f32: kedge_columns_s8 */
#if defined(KEDGE_DSP)
static KEDGE_NOINLINE void kedge_columns_f32(const int8_t *x, const int32_t *w,
                                             const kedge_layer *q, int8_t *y, int32_t *columns,
                                             const kedge_window *d, int32_t oy, int32_t c) {
  kedge_columns_body(x, w, q, y, columns, d, oy, c, 1);
}
#else
#define kedge_columns_f32 0
#endif

/* @section kedge_depthwise_body_s8: kedge_inline kedge_taps kedge_taps_job kedge_layer kedge_taps16 kedge_columns_s8 */
/* `width` is the bytes of one output; `kernel` kedge_taps_s8 or kedge_taps_f32. Windows of a row
 * that lie wholly in the picture share one list of taps. */
KEDGE_INLINE void kedge_depthwise_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                          int8_t *y, void *scratch, const kedge_window *d,
                                          int32_t width,
                                          void kernel(const kedge_taps_job *,
                                                      const kedge_layer *),
                                          kedge_columns *columns) {
  const int32_t count = d->kernel_h * d->kernel_w, channels = d->channels, stride = d->stride_w;
  const int32_t last_row = d->height - (d->kernel_h - 1) * d->dilation_h - 1;
  const int32_t last = d->width - (d->kernel_w - 1) * d->dilation_w - 1;
  const int8_t **taps = (const int8_t **)scratch;
  int8_t *repeated = (int8_t *)scratch + 8 * count, *padding = repeated + 16 * count;
  kedge_taps_job job = {taps, w, count, channels, 1, stride * channels, 0, y};
#if defined(KEDGE_DSP)
  if (d->kernel_h == 3 && d->kernel_w == 3 && d->dilation_h == 1 && d->dilation_w == 1 &&
      channels >= 4) {
    int32_t *room = kedge_unpack_columns(w, channels, (int32_t *)scratch);
    for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * channels) {
      for (int32_t oy = 0; oy < d->out_height; oy++, y += d->out_width * channels * width) {
        const int32_t *weights = (const int32_t *)scratch;
        for (int32_t c = 0; c < channels; c += 4, weights += 18) {
          columns(x, weights, q, y, room, d, oy, c < channels - 4 ? c : channels - 4);
        }
      }
    }
    return;
  }
#else
  (void)columns;
#endif
#if defined(KEDGE_MVE)
  if (kedge_few_channels(channels, stride)) {
    for (int32_t i = 0; i < 16 * count; i++) {
      repeated[i] = w[(i >> 4) * channels + (i & (channels - 1))];
    }
    job.repeated = repeated;
  }
#endif
  memset(padding, q->pad, (uint32_t)channels);
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * channels) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      const int32_t top = oy * d->stride_h - d->pad_top;
      for (int32_t ox = 0; ox < d->out_width; ox += job.pixels) {
        const int32_t left = ox * stride - d->pad_left;
        job.pixels = 1;
        if (top >= 0 && top <= last_row && left >= 0 && left <= last) {
          const int32_t inside = (last - left) / stride + 1;
          job.pixels = inside < d->out_width - ox ? inside : d->out_width - ox;
        }
        kedge_taps(x, padding, taps, d, oy, ox);
        kernel(&job, q);
        job.y = (int8_t *)job.y + job.pixels * channels * width;
      }
    }
  }
}

/* @section kedge_depthwise_s8: kedge_depthwise_body_s8 kedge_taps_s8 kedge_columns_s8 kedge_tighten */
static void kedge_depthwise_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                               void *scratch, const kedge_window *d) {
  kedge_depthwise_body_s8(x, w, q, y, scratch, d, 1, kedge_taps_s8, kedge_columns_s8);
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}

/* @section kedge_depthwise_s8_f32: kedge_depthwise_body_s8 kedge_taps_f32 kedge_columns_f32 */
static void kedge_depthwise_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                   float *y, void *scratch, const kedge_window *d) {
  kedge_depthwise_body_s8(x, w, q, (int8_t *)(void *)y, scratch, d, 4, kedge_taps_f32,
                          kedge_columns_f32);
}
