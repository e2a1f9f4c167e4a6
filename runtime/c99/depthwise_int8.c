/*
 * DepthwiseConv2D with int8 weights: acc[c] = bias[c] + Σ x · w over the window, exact.
 *
 * Each pixel gets a list of where its taps read; a tap in the padding reads a cell of padding.
 *
 * Weights: w[kernel_h][kernel_w][channels], as in the file. The input's zero point is in the bias.
 * Scratch: 8 · kernel_h · kernel_w + channels bytes, aligned to 8.
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

/* @section kedge_taps_body: kedge_inline kedge_dsp kedge_mve kedge_load4 kedge_put kedge_put4 */
/* Outputs of one pixel, whose cells lie `shift` behind where the taps point. */
KEDGE_INLINE void kedge_taps_body(const int8_t *const *taps, int32_t count, int32_t shift,
                                  const int8_t *w, int32_t channels, const kedge_layer *q,
                                  void *y, int real) {
  const int32_t zero = q->zero;
  int32_t c = 0;
#if defined(KEDGE_DSP)
/* Four channels of one tap. */
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
  for (; c + 4 <= channels; c += 4) {
    const int8_t *const *tap = taps;
    const int8_t *at = w + c;
    int32_t left = count / 3, rest = count - 3 * left, p, v, s, t;
    int32_t sum0 = q->bias[c], sum1 = q->bias[c + 1], sum2 = q->bias[c + 2], sum3 = q->bias[c + 3];
    if (left) {
      __asm__ volatile(
          "1:\n\t" KEDGE_TAP("") KEDGE_TAP(", %[ch]") KEDGE_TAP(", %[ch], lsl #1")
          "add %[w], %[w], %[ch]\n\t"
          "subs %[n], %[n], #1\n\t"
          "add %[w], %[w], %[ch], lsl #1\n\t"
          "bne 1b"
          : [a] "+r"(sum0), [b] "+r"(sum1), [c] "+r"(sum2), [d] "+r"(sum3), [tap] "+r"(tap),
            [w] "+r"(at), [n] "+r"(left), [p] "=&r"(p), [v] "=&r"(v), [s] "=&r"(s), [t] "=&r"(t)
          : [at] "r"(shift + c), [ch] "r"(channels)
          : "cc", "memory");
    }
    for (; rest; rest--, at += channels) {
      __asm__ volatile(KEDGE_TAP("")
          : [a] "+r"(sum0), [b] "+r"(sum1), [c] "+r"(sum2), [d] "+r"(sum3), [tap] "+r"(tap),
            [p] "=&r"(p), [v] "=&r"(v), [s] "=&r"(s), [t] "=&r"(t)
          : [at] "r"(shift + c), [w] "r"(at)
          : "memory");
    }
    const float *m = q->multiplier + c;
    int32_t sum[4] = {sum0, sum1, sum2, sum3};
    kedge_put4(sum, m[0], m[1], m[2], m[3], zero, q, y, (int8_t *)y + 2 * (real ? 4 : 1), c,
               c + 1, real);
  }
#endif
  for (; c < channels; c++) {
    const int8_t *at = w + c;
    int32_t sum = q->bias[c];
    for (int32_t t = 0; t < count; t++, at += channels) sum += taps[t][shift + c] * *at;
    kedge_put(sum, q->multiplier[c], zero, q, y, c, real);
  }
}

/* @section kedge_taps_s8: kedge_taps_body kedge_noinline */
static KEDGE_NOINLINE void kedge_taps_s8(const int8_t *const *taps, int32_t count, int32_t shift,
                                         const int8_t *w, int32_t channels, const kedge_layer *q,
                                         void *y) {
  kedge_taps_body(taps, count, shift, w, channels, q, y, 0);
}

/* @section kedge_taps_f32: kedge_taps_body kedge_noinline */
static KEDGE_NOINLINE void kedge_taps_f32(const int8_t *const *taps, int32_t count, int32_t shift,
                                          const int8_t *w, int32_t channels, const kedge_layer *q,
                                          void *y) {
  kedge_taps_body(taps, count, shift, w, channels, q, y, 1);
}

/* @section kedge_taps_kernel: kedge_layer */
/* kedge_taps_s8 or kedge_taps_f32. */
typedef void kedge_taps_kernel(const int8_t *const *taps, int32_t count, int32_t shift,
                               const int8_t *w, int32_t channels, const kedge_layer *q, void *y);

/* @section kedge_depthwise_body_s8: kedge_inline kedge_taps kedge_taps_kernel */
/* `width` is the bytes of one output. Windows of a row that lie wholly in the picture share the
 * list of the first of them. */
KEDGE_INLINE void kedge_depthwise_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                          int8_t *y, void *scratch, const kedge_window *d,
                                          int32_t width, kedge_taps_kernel *kernel) {
  const int32_t count = d->kernel_h * d->kernel_w, channels = d->channels;
  const int32_t last_row = d->height - (d->kernel_h - 1) * d->dilation_h - 1;
  const int32_t last = d->width - (d->kernel_w - 1) * d->dilation_w - 1;
  const int8_t **taps = (const int8_t **)scratch;
  int8_t *padding = (int8_t *)scratch + 8 * count;
  memset(padding, q->pad, (uint32_t)channels);
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * channels) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      const int32_t top = oy * d->stride_h - d->pad_top;
      const int rows_inside = top >= 0 && top <= last_row;
      int32_t first = -1; /* left edge of the first window inside */
      for (int32_t ox = 0; ox < d->out_width; ox++, y += channels * width) {
        const int32_t left = ox * d->stride_w - d->pad_left;
        const int inside = rows_inside && left >= 0 && left <= last;
        if (!inside || first < 0) kedge_taps(x, padding, taps, d, oy, ox);
        if (inside && first < 0) first = left;
        kernel(taps, count, inside ? (left - first) * channels : 0, w, channels, q, y);
      }
    }
  }
}

/* @section kedge_depthwise_s8: kedge_depthwise_body_s8 kedge_taps_s8 kedge_tighten */
static void kedge_depthwise_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                               void *scratch, const kedge_window *d) {
  kedge_depthwise_body_s8(x, w, q, y, scratch, d, 1, kedge_taps_s8);
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}

/* @section kedge_depthwise_s8_f32: kedge_depthwise_body_s8 kedge_taps_f32 */
static void kedge_depthwise_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                   float *y, void *scratch, const kedge_window *d) {
  kedge_depthwise_body_s8(x, w, q, (int8_t *)(void *)y, scratch, d, 4, kedge_taps_f32);
}
