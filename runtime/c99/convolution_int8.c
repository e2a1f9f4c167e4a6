/*
 * Conv2D and FullyConnected with int8 weights: acc[o] = bias[o] + Σ x · w, exact.
 *
 * Weights: w[channels][K4], rows of K = kernel_h · kernel_w · depth / groups values in the order
 * of the file, padded with zeros to a multiple of 4, and 12 more bytes behind the last row
 * (converters/targets/mcu/weight_layouts/). The input's zero point is in the bias, and fills the
 * padding.
 *
 * Scratch: kedge_conv2d_s8 needs 4 · K16 bytes, K16 = K rounded up to a multiple of 16, aligned
 * to 4; kedge_fully_connected_s8 the same with K = depth.
 */

/* @section kedge_patch: kedge_window */
/* Copies the cells under the window at (oy, ox) of one picture, of one group's channels. */
static void kedge_patch(const int8_t *x, int8_t *to, const kedge_window *d, int32_t oy, int32_t ox,
                        int32_t group, int32_t pad) {
  const int32_t depth = d->depth / d->groups;
  const int32_t left = ox * d->stride_w - d->pad_left;
  for (int32_t ky = 0; ky < d->kernel_h; ky++) {
    const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
    for (int32_t kx = 0; kx < d->kernel_w; kx++, to += depth) {
      const int32_t column = left + kx * d->dilation_w;
      if (row < 0 || row >= d->height || column < 0 || column >= d->width) {
        memset(to, pad, (uint32_t)depth);
      } else {
        memcpy(to, x + (row * d->width + column) * d->depth + group * depth, (uint32_t)depth);
      }
    }
  }
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

/* @section kedge_conv2d_body_s8: kedge_inline kedge_patch kedge_dot kedge_put */
KEDGE_INLINE void kedge_conv2d_body_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                       void *y, int8_t *scratch, const kedge_window *d, int real) {
  const int32_t size = d->kernel_h * d->kernel_w * (d->depth / d->groups), pitch = (size + 3) & ~3;
  const int32_t outputs = d->channels / d->groups;
  int32_t at = 0;
  memset(scratch + size, 0, (uint32_t)(pitch - size));
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        int32_t c = 0;
        for (int32_t group = 0; group < d->groups; group++) {
          kedge_patch(x, scratch, d, oy, ox, group, q->pad);
          for (int32_t o = 0; o < outputs; o++, c++) {
            kedge_put(kedge_dot(scratch, w + c * pitch, pitch, q->bias[c]), q, c, y, at++, real);
          }
        }
      }
    }
  }
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
