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

/* @section kedge_taps_job: kedge_lanes */
/* `pixels` pixels of one row, whose cells stand `step` bytes apart from where the taps point. */
typedef struct {
  const int8_t *const *taps;
  const int8_t *w;
  int32_t count, channels, pixels, step;
  void *y;
#if defined(KEDGE_MVE)
  int32_t pairs;          /* of taps whose products fit into int16 */
  const kedge_lanes *lanes; /* of fewer than 16 channels, or null */
  const int8_t *repeated; /* their weights, 16 apart */
#endif
} kedge_taps_job;

/* @section kedge_taps4: kedge_inline kedge_dsp kedge_taps_job kedge_put4 kedge_taps4_dsp */
#if !defined(KEDGE_DSP)
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

/* @section kedge_depthwise_body_s8: kedge_inline kedge_taps kedge_taps_job kedge_layer kedge_taps16 kedge_columns */
/* `width` is the bytes of one output; `kernel` kedge_taps_s8 or kedge_taps_f32. Windows of a row
 * that lie wholly in the picture share one list of taps. */
KEDGE_INLINE void kedge_depthwise_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                          int8_t *y, void *scratch, const kedge_window *d,
                                          int32_t width,
                                          void kernel(const kedge_taps_job *,
                                                      const kedge_layer *)) {
  const int32_t count = d->kernel_h * d->kernel_w, channels = d->channels, stride = d->stride_w;
  const int32_t last_row = d->height - (d->kernel_h - 1) * d->dilation_h - 1;
  const int32_t last = d->width - (d->kernel_w - 1) * d->dilation_w - 1;
  const int8_t **taps = (const int8_t **)scratch;
  int8_t *repeated = (int8_t *)scratch + 8 * count, *padding = repeated + 16 * count;
  kedge_taps_job job = {.taps = taps, .w = w, .count = count, .channels = channels, .y = y,
                        .step = stride * channels};
#if defined(KEDGE_DSP)
  if (d->kernel_h == 3 && d->kernel_w == 3 && d->dilation_h == 1 && d->dilation_w == 1 &&
      channels >= 4) {
    kedge_columns(x, w, q, y, (int32_t *)scratch, d, width);
    return;
  }
#endif
#if defined(KEDGE_MVE)
  kedge_lanes lanes;
  job.pairs = kedge_pairs_of_taps(w, count, channels);
  if (channels < 16) {
    kedge_fill_lanes(&lanes, repeated, w, q, count, channels);
    job.lanes = &lanes;
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
