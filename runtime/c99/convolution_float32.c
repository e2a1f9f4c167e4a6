/*
 * Conv2D, DepthwiseConv2D, FullyConnected and MatMul, float32: products are added one after the
 * other over kernel row, kernel column, input channel. bias may be null. Weights as in the file.
 * No scratch.
 */

/* @section kedge_float_layer: */
typedef struct {
  const float *bias;
  float low, high;
} kedge_float_layer;

/* @section kedge_conv2d_f32: kedge_window kedge_float_layer kedge_clampf */
static void kedge_conv2d_f32(const float *x, const float *w, const kedge_float_layer *q, float *y,
                             const kedge_window *d) {
  const int32_t depth = d->depth / d->groups, outputs = d->channels / d->groups;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        for (int32_t o = 0; o < d->channels; o++) {
          float sum = q->bias ? q->bias[o] : 0.0f;
          for (int32_t ky = 0; ky < d->kernel_h; ky++) {
            const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
            if (row < 0 || row >= d->height) continue;
            for (int32_t kx = 0; kx < d->kernel_w; kx++) {
              const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
              if (column < 0 || column >= d->width) continue;
              const float *cell = x + (row * d->width + column) * d->depth + o / outputs * depth;
              const float *weight = w + ((o * d->kernel_h + ky) * d->kernel_w + kx) * depth;
              for (int32_t c = 0; c < depth; c++) sum += cell[c] * weight[c];
            }
          }
          *y++ = kedge_clampf(sum, q->low, q->high);
        }
      }
    }
  }
}

/* @section kedge_depthwise_f32: kedge_window kedge_float_layer kedge_clampf */
static void kedge_depthwise_f32(const float *x, const float *w, const kedge_float_layer *q,
                                float *y, const kedge_window *d) {
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        for (int32_t c = 0; c < d->channels; c++) {
          float sum = q->bias ? q->bias[c] : 0.0f;
          for (int32_t ky = 0; ky < d->kernel_h; ky++) {
            const int32_t row = oy * d->stride_h - d->pad_top + ky * d->dilation_h;
            if (row < 0 || row >= d->height) continue;
            for (int32_t kx = 0; kx < d->kernel_w; kx++) {
              const int32_t column = ox * d->stride_w - d->pad_left + kx * d->dilation_w;
              if (column < 0 || column >= d->width) continue;
              sum += x[(row * d->width + column) * d->depth + c] *
                     w[(ky * d->kernel_w + kx) * d->channels + c];
            }
          }
          *y++ = kedge_clampf(sum, q->low, q->high);
        }
      }
    }
  }
}

/* @section kedge_fully_connected_f32: kedge_float_layer kedge_clampf */
static void kedge_fully_connected_f32(const float *x, const float *w, const kedge_float_layer *q,
                                      float *y, int32_t rows, int32_t depth, int32_t channels) {
  for (; rows > 0; rows--, x += depth) {
    for (int32_t o = 0; o < channels; o++) {
      const float *weight = w + o * depth;
      float sum = q->bias ? q->bias[o] : 0.0f;
      for (int32_t k = 0; k < depth; k++) sum += x[k] * weight[k];
      *y++ = kedge_clampf(sum, q->low, q->high);
    }
  }
}

/* @section kedge_matmul_f32: */
/* One matrix a[rows, depth] × b[depth, columns]; the emitter calls it once a batch element. */
static void kedge_matmul_f32(const float *a, const float *b, float *y, int32_t rows, int32_t depth,
                             int32_t columns) {
  for (; rows > 0; rows--, a += depth) {
    for (int32_t column = 0; column < columns; column++) {
      float sum = 0;
      for (int32_t k = 0; k < depth; k++) sum += a[k] * b[k * columns + column];
      *y++ = sum;
    }
  }
}
