/*
 * DepthwiseConv2D with int8 weights: acc[c] = bias[c] + Σ x · w over the window, exact.
 *
 * Weights: w[kernel_h][kernel_w][channels], as in the file. The input's zero point is in the bias.
 * Scratch: 8 · kernel_h · kernel_w + channels bytes, aligned to 8: where each tap reads, then a
 * cell of padding.
 */

/* @section kedge_taps: kedge_window */
/* Where each tap of the window at (oy, ox) reads its channels. */
static void kedge_taps(const int8_t *x, const int8_t *padding, const int8_t **taps,
                       const kedge_window *d, int32_t oy, int32_t ox) {
  for (int32_t ky = 0; ky < d->kernel_h; ky++) {
    const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
    for (int32_t kx = 0; kx < d->kernel_w; kx++) {
      const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
      const int outside = row < 0 || row >= d->height || column < 0 || column >= d->width;
      *taps++ = outside ? padding : x + (row * d->width + column) * d->depth;
    }
  }
}

/* @section kedge_depthwise_body_s8: kedge_inline kedge_taps kedge_put */
KEDGE_INLINE void kedge_depthwise_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                          void *y, void *scratch, const kedge_window *d,
                                          int real) {
  const int32_t count = d->kernel_h * d->kernel_w, channels = d->channels;
  const int8_t **taps = (const int8_t **)scratch;
  int8_t *padding = (int8_t *)scratch + 8 * count;
  int32_t at = 0;
  memset(padding, q->pad, (uint32_t)channels);
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * channels) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        kedge_taps(x, padding, taps, d, oy, ox);
        for (int32_t c = 0; c < channels; c++) {
          int32_t sum = q->bias[c];
          for (int32_t t = 0; t < count; t++) sum += taps[t][c] * w[t * channels + c];
          kedge_put(sum, q, c, y, at++, real);
        }
      }
    }
  }
  kedge_finish(q, y, at, real);
}

/* @section kedge_depthwise_s8: kedge_depthwise_body_s8 */
static void kedge_depthwise_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                               void *scratch, const kedge_window *d) {
  kedge_depthwise_body_s8(x, w, q, y, scratch, d, 0);
}

/* @section kedge_depthwise_s8_f32: kedge_depthwise_body_s8 */
static void kedge_depthwise_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                   float *y, void *scratch, const kedge_window *d) {
  kedge_depthwise_body_s8(x, w, q, y, scratch, d, 1);
}
