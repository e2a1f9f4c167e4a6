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

/* @section kedge_copy: kedge_load4 kedge_mve */
#if defined(KEDGE_MVE)
/* Copies a few bytes, 16 at a time, the rest masked; gives the place behind them. */
KEDGE_INLINE int8_t *kedge_copy(int8_t *to, const int8_t *from, int32_t count) {
  int8_t *end = to + count;
  __asm__ volatile(
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n\t"
      "vldrb.8 q0, [%[from]], #16\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to), [from] "+r"(from)
      : [count] "r"(count)
      : "lr", "q0", "memory");
  return end;
}

/* Writes a byte a few times; gives the place behind. */
KEDGE_INLINE int8_t *kedge_repeat(int8_t *to, int32_t value, int32_t count) {
  int8_t *end = to + count;
  __asm__ volatile(
      "vdup.8 q0, %[value]\n\t"
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to)
      : [value] "r"(value), [count] "r"(count)
      : "lr", "q0", "memory");
  return end;
}
#else
/* Copies a few bytes; gives the place behind them. */
KEDGE_INLINE int8_t *kedge_copy(int8_t *to, const int8_t *from, int32_t count) {
#if defined(__ARM_FEATURE_UNALIGNED)
  for (; count >= 4; count -= 4, from += 4, to += 4) {
    const int32_t word = kedge_load4(from);
    KEDGE_MOVE4(to, &word);
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
#endif

/* @section kedge_stretch: kedge_window kedge_inline */
/* A run of cells that stand side by side in the picture: how many lie before it, in it, behind. */
typedef struct {
  int32_t before, inside, after;
} kedge_stretch;
KEDGE_INLINE kedge_stretch kedge_cut_stretch(int32_t row, int32_t column, int32_t cells,
                                     const kedge_window *d) {
  kedge_stretch run = {0, cells, 0};
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

/* @section kedge_inside: kedge_window kedge_inline */
/* Whether the window at (row, column) lies wholly in the picture, its columns side by side. */
KEDGE_INLINE int kedge_inside(int32_t row, int32_t column, const kedge_window *d) {
  return row >= 0 && column >= 0 && row + (d->kernel_h - 1) * d->dilation_h < d->height &&
         column + d->kernel_w <= d->width && d->dilation_w == 1 && d->groups == 1;
}

/* @section kedge_patch: kedge_window kedge_stretch kedge_copy kedge_inside */
/* Copies the cells under the window at (oy, ox), of one group's channels. */
static void kedge_patch(const int8_t *x, int8_t *to, const kedge_window *d, int32_t oy, int32_t ox,
                        int32_t group, int32_t pad) {
  const int32_t depth = d->depth / d->groups, rows = d->kernel_h;
  int32_t row = oy * d->stride_h - d->pad_top;
  const int32_t left = ox * d->stride_w - d->pad_left;
  if (kedge_inside(row, left, d)) {
    const int32_t bytes = d->kernel_w * depth, step = d->dilation_h * d->width * depth;
    x += (row * d->width + left) * depth;
    for (int32_t ky = rows; ky > 0; ky--, x += step) to = kedge_copy(to, x, bytes);
    return;
  }
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  for (int32_t ky = rows; ky > 0; ky--, row += d->dilation_h) {
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = left + kx * d->dilation_w;
      const kedge_stretch run = kedge_cut_stretch(row, column, cells, d);
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
  for (; count >= 8; count -= 8, from += 8, to += 8) {
    const int32_t p = kedge_load4(from), q = kedge_load4(from + 4);
    to[0] = kedge_sxtb16(p);
    to[2] = kedge_sxtb16_ror8(p);
    to[4] = kedge_sxtb16(q);
    to[6] = kedge_sxtb16_ror8(q);
  }
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

/* @section kedge_load_patch: kedge_expand kedge_patch kedge_stretch kedge_inside kedge_mve */
/* Pixels whose patches stand in scratch at a time, and the bytes from one to the next. */
#if defined(KEDGE_DSP)
#define KEDGE_PIXELS 2
#define KEDGE_PATCH(size) 4 /* two patches, their words in turns */
#elif defined(KEDGE_MVE)
#define KEDGE_PIXELS 4
#define KEDGE_PATCH(size) (size)
#else
#define KEDGE_PIXELS 4
#define KEDGE_PATCH(size) (((size) + 3) & ~3)
#endif
/* Makes one pixel's patch. */
#if defined(KEDGE_DSP)
static void kedge_load_patch(const int8_t *x, int8_t *scratch, int32_t pixel, int32_t size,
                             const kedge_window *d, int32_t oy, int32_t ox, int32_t group,
                             int32_t pad) {
  const int32_t depth = d->depth / d->groups, rows = d->kernel_h;
  int32_t *to = (int32_t *)(void *)(scratch + pixel * KEDGE_PATCH(size));
  if (depth & 3) {
    int8_t *bytes = scratch + 4 * ((size + 3) & ~3);
    kedge_patch(x, bytes, d, oy, ox, group, pad);
    kedge_expand(to, bytes, size);
    return;
  }
  int32_t row = oy * d->stride_h - d->pad_top;
  const int32_t left = ox * d->stride_w - d->pad_left;
  if (kedge_inside(row, left, d)) {
    const int32_t bytes = d->kernel_w * depth, step = d->dilation_h * d->width * depth;
    x += (row * d->width + left) * depth;
    for (int32_t ky = rows; ky > 0; ky--, x += step) to = kedge_expand(to, x, bytes);
    return;
  }
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  const int32_t pair = (pad & 0xffff) * 0x10001;
  for (int32_t ky = rows; ky > 0; ky--, row += d->dilation_h) {
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = left + kx * d->dilation_w;
      const kedge_stretch run = kedge_cut_stretch(row, column, cells, d);
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
  kedge_patch(x, scratch + pixel * KEDGE_PATCH(size), d, oy, ox, group, pad);
}
#endif

/* @section kedge_tile_job: kedge_layer */
/* `pixels` pixels, whose patches stand `step` bytes apart, times the weights w of `channels`
 * channels, rows of `size` products; outputs go to y, y + bytes, …, from channel `from` on. */
typedef struct {
  const int8_t *x, *w;
  int32_t step, pixels, size, from, channels;
  void *y;
  int32_t bytes;
} kedge_tile_job;
typedef void kedge_tile(const kedge_tile_job *job, const kedge_layer *q);

/* @section kedge_tile4: kedge_inline kedge_mve kedge_layer kedge_tile_job kedge_clampf */
#if defined(KEDGE_MVE)
/* All pixels of the job, four channels at a time; gives how many channels are done: all, or none
 * where there are not four. Loops masked to `size` read nothing beyond it. Vectors flush subnormal
 * values to zero, which end as zero here anyway. */
KEDGE_INLINE int32_t kedge_tile4(const kedge_tile_job *job, const kedge_layer *q, int real) {
  struct {
    uint32_t w[4];
    int32_t bias[4], size, step, bytes;
  } t; /* what does not fit into registers */
  const int32_t pitch = (job->size + 3) & ~3;
  const int32x4_t zero = vdupq_n_s32(q->zero), min = vdupq_n_s32(q->min), max = vdupq_n_s32(q->max);
  const int32_t *bias = q->bias + job->from;
  const float *multipliers = q->multiplier + job->from;
  int8_t *out = (int8_t *)job->y + job->from * (real ? 4 : 1);
  int32_t done = 0;
  vst1q_u32(t.w, vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)pitch),
                             (uint32_t)(uintptr_t)job->w));
  t.size = job->size;
  t.step = job->step - ((job->size + 15) & ~15);
  t.bytes = job->bytes;
  for (; done < job->channels && job->channels >= 4; done += 4) {
    if (done + 4 > job->channels) { /* the last four overlap those before */
      const int32_t back = done + 4 - job->channels;
      vst1q_u32(t.w, vsubq_n_u32(vld1q_u32(t.w), (uint32_t)(back * pitch)));
      bias -= back, multipliers -= back, out -= back * (real ? 4 : 1);
    }
    const float32x4_t multiplier = vld1q_f32(multipliers);
    const int8_t *x = job->x, *w0, *w1, *w2, *w3;
    int8_t *y = out;
    int32_t pixels = job->pixels, a, b, c, d;
    vst1q_s32(t.bias, vld1q_s32(bias));
#define KEDGE_DOT4 \
  "1:\n\t" \
  "ldr %[a], [%[t], #32]\n\t" \
  "ldrd %[w0], %[w1], [%[t]]\n\t" \
  "wlstp.8 lr, %[a], 3f\n\t" \
  "ldrd %[w2], %[w3], [%[t], #8]\n\t" \
  "ldrd %[a], %[b], [%[t], #16]\n\t" \
  "ldrd %[c], %[d], [%[t], #24]\n" \
  "2:\n\t" \
  "vldrb.8 q0, [%[x]], #16\n\t" \
  "vldrb.8 q1, [%[w0]], #16\n\t" \
  "vmladava.s8 %[a], q0, q1\n\t" \
  "vldrb.8 q2, [%[w1]], #16\n\t" \
  "vmladava.s8 %[b], q0, q2\n\t" \
  "vldrb.8 q1, [%[w2]], #16\n\t" \
  "vmladava.s8 %[c], q0, q1\n\t" \
  "vldrb.8 q2, [%[w3]], #16\n\t" \
  "vmladava.s8 %[d], q0, q2\n\t" \
  "letp lr, 2b\n" \
  "3:\n\t" \
  "vmov q0[2], q0[0], %[a], %[c]\n\t" \
  "ldrd %[w0], %[w1], [%[t], #36]\n\t" \
  "vmov q0[3], q0[1], %[b], %[d]\n\t" \
  "add %[x], %[x], %[w0]\n\t" \
  "vcvt.f32.s32 q0, q0\n\t" \
  "subs %[n], %[n], #1\n\t" \
  "vmul.f32 q0, q0, %q[m]\n\t"
    if (real) {
      __asm__ volatile(
          KEDGE_DOT4
          "vstrw.32 q0, [%[y]]\n\t"
          "add %[y], %[y], %[w1]\n\t"
          "bne 1b"
          : [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x),
            [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [y] "+l"(y),
            [n] "+r"(pixels)
          : [t] "r"(&t), [m] "w"(multiplier)
          : "cc", "lr", "q0", "q1", "q2", "memory");
      for (int32_t p = 0; p < job->pixels; p++) {
        float *values = (float *)(void *)(out + p * job->bytes);
        for (int32_t i = 0; i < 4; i++) values[i] = kedge_clampf(values[i], q->low, q->high);
      }
    } else {
      __asm__ volatile(
          KEDGE_DOT4
          "vcvtn.s32.f32 q0, q0\n\t"
          "vqadd.s32 q0, q0, %q[zero]\n\t"
          "vmax.s32 q0, q0, %q[min]\n\t"
          "vmin.s32 q0, q0, %q[max]\n\t"
          "vstrb.32 q0, [%[y]]\n\t"
          "add %[y], %[y], %[w1]\n\t"
          "bne 1b"
          : [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x),
            [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [y] "+l"(y),
            [n] "+r"(pixels)
          : [t] "r"(&t), [m] "w"(multiplier), [zero] "w"(zero), [min] "w"(min), [max] "w"(max)
          : "cc", "lr", "q0", "q1", "q2", "memory");
    }
    vst1q_u32(t.w, vaddq_n_u32(vld1q_u32(t.w), 4 * (uint32_t)pitch));
    bias += 4, multipliers += 4, out += 4 * (real ? 4 : 1);
  }
  return done;
}
#endif

/* @section kedge_tile_body: kedge_inline kedge_dsp kedge_mve kedge_put4 kedge_tile_job kedge_tile4 */
/* Two pixels with two channels at a time; what is odd at the end meets itself. */
#if defined(KEDGE_DSP)
/* One step of four products for each of four sums: u, v are int16 pairs of both pixels. It needs
 * all registers, so a build that optimizes nothing goes without. */
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
KEDGE_INLINE void kedge_tile_body(const kedge_tile_job *job, const kedge_layer *l, int real) {
  const int32_t zero = l->zero, pitch = (job->size + 3) & ~3, steps = pitch >> 2;
  const int32_t end = job->channels;
  const int8_t *w0 = job->w, *const patch = job->x;
  const int32_t *const bias = l->bias + job->from;
  const float *const multiplier = l->multiplier + job->from;
  int8_t *const y0 = (int8_t *)job->y + job->from * (real ? 4 : 1);
  int8_t *const y1 = job->pixels == 2 ? y0 + job->bytes : y0;
  int32_t i = 0;
  for (; i + 2 <= end; i += 2) {
    const int8_t *w1 = w0 + pitch, *x = patch;
    int32_t a = bias[i], b = bias[i + 1], c = a, e = b, n = steps;
#if defined(__OPTIMIZE__)
    int32_t p, q, t, u, v;
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
          [w1] "+r"(w1), [n] "+r"(n), [p] "=&r"(p), [q] "=&r"(q), [t] "=&r"(t), [u] "=&r"(u),
          [v] "=&r"(v)
        :
        : "cc", "memory");
#else
    for (; n > 0; n--, w0 += 4, w1 += 4, x += 16) {
      const int32_t p = kedge_load4(w0), q = kedge_load4(w1), *k = (const int32_t *)(const void *)x;
      const int32_t p02 = kedge_sxtb16(p), p13 = kedge_sxtb16_ror8(p);
      const int32_t q02 = kedge_sxtb16(q), q13 = kedge_sxtb16_ror8(q);
      a = kedge_smlad(k[2], p13, kedge_smlad(k[0], p02, a));
      b = kedge_smlad(k[2], q13, kedge_smlad(k[0], q02, b));
      c = kedge_smlad(k[3], p13, kedge_smlad(k[1], p02, c));
      e = kedge_smlad(k[3], q13, kedge_smlad(k[1], q02, e));
    }
#endif
    w0 = w1;
    const float m = multiplier[i], o = multiplier[i + 1];
    int32_t sum[4] = {a, b, c, e};
    kedge_put4(sum, m, o, m, o, zero, l, y0, y1, i, i + 1, real);
  }
  if (i == end) return;
  int32_t a = bias[i], c = a;
  const int32_t *x = (const int32_t *)(const void *)patch;
  for (int32_t n = steps; n > 0; n--, w0 += 4, x += 4) {
    const int32_t word = kedge_load4(w0), even = kedge_sxtb16(word);
    const int32_t odd = kedge_sxtb16_ror8(word);
    a = kedge_smlad(x[2], odd, kedge_smlad(x[0], even, a));
    c = kedge_smlad(x[3], odd, kedge_smlad(x[1], even, c));
  }
  kedge_put(c, multiplier[i], zero, l, y1, i, real);
  kedge_put(a, multiplier[i], zero, l, y0, i, real);
}
#else
#define KEDGE_PRODUCTS(i) \
  a += p[i] * w0[i]; \
  b += p[i] * w1[i]; \
  c += q[i] * w0[i]; \
  e += q[i] * w1[i];
KEDGE_INLINE void kedge_tile_body(const kedge_tile_job *job, const kedge_layer *l, int real) {
  const int32_t pitch = (job->size + 3) & ~3, end = job->channels, from = job->from;
  int32_t first = 0;
#if defined(KEDGE_MVE)
  first = kedge_tile4(job, l, real);
  if (first >= end) return;
#endif
  for (int32_t pixel = 0; pixel < job->pixels; pixel += 2) {
    const int32_t two = pixel + 1 < job->pixels;
    const int8_t *x0 = job->x + pixel * job->step, *x1 = two ? x0 + job->step : x0;
    int8_t *y0 = (int8_t *)job->y + pixel * job->bytes, *y1 = two ? y0 + job->bytes : y0;
    for (int32_t i = first; i < end; i += 2) {
      const int32_t other = i + 1 < end ? i + 1 : i;
      const int8_t *w0 = job->w + i * pitch, *w1 = job->w + other * pitch, *p = x0, *q = x1;
      int32_t a = l->bias[from + i], b = l->bias[from + other], c = a, e = b;
      int32_t k = job->size;
      for (; k >= 4; k -= 4, w0 += 4, w1 += 4, p += 4, q += 4) {
        KEDGE_PRODUCTS(0) KEDGE_PRODUCTS(1) KEDGE_PRODUCTS(2) KEDGE_PRODUCTS(3)
      }
      for (; k > 0; k--, w0++, w1++, p++, q++) {
        KEDGE_PRODUCTS(0)
      }
      const float m = l->multiplier[from + i], o = l->multiplier[from + other];
      int32_t sum[4] = {a, b, c, e};
      kedge_put4(sum, m, o, m, o, l->zero, l, y0, y1, from + i, from + other, real);
    }
  }
}
#endif

/* @section kedge_tile_s8: kedge_tile_body kedge_noinline */
static KEDGE_NOINLINE void kedge_tile_s8(const kedge_tile_job *job, const kedge_layer *q) {
  kedge_tile_body(job, q, 0);
}

/* @section kedge_tile_f32: kedge_tile_body kedge_noinline */
static KEDGE_NOINLINE void kedge_tile_f32(const kedge_tile_job *job, const kedge_layer *q) {
  kedge_tile_body(job, q, 1);
}

/* @section kedge_conv2d_tiles: kedge_noinline kedge_load_patch kedge_tile_job */
/* Makes `channels` channels from `from` on, whose weights are w (with groups, all of them). `width`
 * is the bytes of one output, `tile` kedge_tile_s8 or kedge_tile_f32. */
static KEDGE_NOINLINE void kedge_conv2d_tiles(const int8_t *x, const int8_t *w,
                                              const kedge_layer *q, void *y, int8_t *scratch,
                                              const kedge_window *d, int32_t from,
                                              int32_t channels, int32_t width, kedge_tile *tile) {
  const int32_t size = d->kernel_h * d->kernel_w * (d->depth / d->groups), pitch = (size + 3) & ~3;
  const int32_t row = d->out_width, pixels = d->out_height * row;
  kedge_tile_job job = {x, w, size, d->batch * pixels, size, from, channels / d->groups,
                        y, d->channels * width};
#if !defined(KEDGE_DSP)
  /* Cells that stand side by side are patches. A row at a time: its outputs may take the place of
   * inputs of the rows before. */
  if (d->kernel_h * d->kernel_w == 1 && d->groups == 1 && d->stride_h == 1 && d->stride_w == 1 &&
      d->out_height == d->height && d->out_width == d->width) {
    job.pixels = row;
    for (int32_t n = d->batch * d->out_height; n > 0; n--) {
      tile(&job, q);
      job.x += row * size;
      job.y = (int8_t *)job.y + row * job.bytes;
    }
    return;
  }
#endif
  memset(scratch, 0, (uint32_t)(5 * pitch));
  job.x = scratch;
  job.step = KEDGE_PATCH(size);
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    int32_t oy = 0, ox = 0;
    for (int32_t p = 0; p < pixels; p += KEDGE_PIXELS) {
      int32_t end_y = oy, end_x = ox;
      job.pixels = p + KEDGE_PIXELS < pixels ? KEDGE_PIXELS : pixels - p;
      job.w = w;
      for (int32_t group = 0; group < d->groups; group++) {
        end_y = oy, end_x = ox;
        for (int32_t i = 0; i < job.pixels; i++) {
          kedge_load_patch(x, scratch, i, size, d, end_y, end_x, group, q->pad);
          if (++end_x == row) end_x = 0, end_y++;
        }
        job.from = from + group * job.channels;
        tile(&job, q);
        job.w += job.channels * pitch;
      }
      oy = end_y, ox = end_x;
      job.y = (int8_t *)job.y + job.pixels * job.bytes;
    }
  }
}

/* @section kedge_conv2d_s8: kedge_conv2d_tiles kedge_tile_s8 kedge_tighten */
static void kedge_conv2d_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                            void *scratch, const kedge_window *d) {
  kedge_conv2d_tiles(x, w, q, y, (int8_t *)scratch, d, 0, d->channels, 1, kedge_tile_s8);
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}

/* @section kedge_conv2d_s8_f32: kedge_conv2d_tiles kedge_tile_f32 */
static void kedge_conv2d_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q, float *y,
                                void *scratch, const kedge_window *d) {
  kedge_conv2d_tiles(x, w, q, y, (int8_t *)scratch, d, 0, d->channels, 4, kedge_tile_f32);
}

/* @section kedge_fully_connected_s8: kedge_conv2d_s8 */
/* x[rows, depth] gives y[rows, channels]; rows and depth below 65536: cells of a picture of one
 * row. */
static void kedge_fully_connected_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                     int8_t *y, void *scratch, int32_t rows, int32_t depth,
                                     int32_t channels) {
  const kedge_window d = {1, 1, (uint16_t)rows, (uint16_t)depth, 1, (uint16_t)rows,
                          (uint16_t)channels, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  kedge_conv2d_s8(x, w, q, y, scratch, &d);
}

/* @section kedge_fully_connected_s8_f32: kedge_conv2d_s8_f32 */
static void kedge_fully_connected_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                         float *y, void *scratch, int32_t rows, int32_t depth,
                                         int32_t channels) {
  const kedge_window d = {1, 1, (uint16_t)rows, (uint16_t)depth, 1, (uint16_t)rows,
                          (uint16_t)channels, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  kedge_conv2d_s8_f32(x, w, q, y, scratch, &d);
}
