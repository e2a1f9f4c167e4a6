/* MaxPool2D and AveragePool2D; windows leave out what lies beyond the picture. */

/* @section kedge_span: kedge_inline */
/* First and last + 1 cell of a window along one axis, cut to the picture. */
typedef struct {
  int32_t from, to;
} kedge_span;
KEDGE_INLINE kedge_span kedge_cut(int32_t start, int32_t kernel, int32_t size) {
  kedge_span span;
  span.from = start < 0 ? 0 : start;
  span.to = start + kernel < size ? start + kernel : size;
  return span;
}

/* @section kedge_larger: kedge_inline kedge_dsp kedge_mve kedge_load4 */
/* y = the larger of x and y, element by element. */
KEDGE_INLINE void kedge_larger(const int8_t *x, int8_t *y, int32_t count) {
#if defined(KEDGE_MVE)
  for (; count >= 16; count -= 16, x += 16, y += 16) {
    vstrbq_s8(y, vmaxq_s8(vldrbq_s8(x), vldrbq_s8(y)));
  }
#elif defined(KEDGE_DSP)
  for (; count >= 4; count -= 4, x += 4, y += 4) {
    int32_t larger = kedge_load4(y);
    __asm__("ssub8 r12, %1, %0\n\tsel %0, %1, %0"
            : "+r"(larger)
            : "r"(kedge_load4(x))
            : "r12", "cc");
    KEDGE_MOVE4(y, &larger);
  }
#endif
  for (; count > 0; count--, x++, y++) *y = *y < *x ? *x : *y;
}

/* @section kedge_maxpool_s8: kedge_span kedge_window kedge_larger kedge_clamp */
/* Largest value of each window; x and y share scale and zero point. No scratch. */
static void kedge_maxpool_s8(const int8_t *x, int8_t *y, const kedge_window *d, int32_t min,
                             int32_t max) {
  const int32_t depth = d->depth;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      const kedge_span rows = kedge_cut(oy * d->stride_h - d->pad_top, d->kernel_h, d->height);
      for (int32_t ox = 0; ox < d->out_width; ox++, y += depth) {
        const kedge_span columns = kedge_cut(ox * d->stride_w - d->pad_left, d->kernel_w, d->width);
        memset(y, -128, (uint32_t)depth);
        for (int32_t r = rows.from; r < rows.to; r++) {
          const int8_t *cell = x + (r * d->width + columns.from) * depth;
          for (int32_t i = columns.from; i < columns.to; i++, cell += depth) {
            kedge_larger(cell, y, depth);
          }
        }
        for (int32_t c = 0; c < depth && (min > -128 || max < 127); c++) {
          y[c] = (int8_t)kedge_clamp(y[c], min, max);
        }
      }
    }
  }
}

/* @section kedge_maxpool_f32: kedge_span kedge_window kedge_clampf */
static void kedge_maxpool_f32(const float *x, float *y, const kedge_window *d, float low,
                              float high) {
  const int32_t depth = d->depth;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      const kedge_span rows = kedge_cut(oy * d->stride_h - d->pad_top, d->kernel_h, d->height);
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        const kedge_span columns = kedge_cut(ox * d->stride_w - d->pad_left, d->kernel_w, d->width);
        for (int32_t c = 0; c < depth; c++) {
          float best = -1.0f / 0.0f;
          for (int32_t r = rows.from; r < rows.to; r++) {
            const float *cell = x + (r * d->width + columns.from) * depth + c;
            for (int32_t i = columns.from; i < columns.to; i++, cell += depth) {
              best = best < *cell ? *cell : best;
            }
          }
          *y++ = kedge_clampf(best, low, high);
        }
      }
    }
  }
}

/* @section kedge_count: kedge_span kedge_window */
/* What a mean is divided by: cells in the picture, or cells in the padded picture, which ends
 * pad_bottom and pad_right behind it. */
typedef struct {
  uint16_t pad_bottom, pad_right, include_pad;
} kedge_average;
KEDGE_INLINE int32_t kedge_count(const kedge_window *d, const kedge_average *a, int32_t top,
                                 int32_t left, kedge_span rows, kedge_span columns) {
  if (!a->include_pad) {
    const int32_t cells = (rows.to - rows.from) * (columns.to - columns.from);
    return cells < 1 ? 1 : cells;
  }
  const int32_t bottom = d->height + a->pad_bottom, right = d->width + a->pad_right;
  return ((top + d->kernel_h < bottom ? top + d->kernel_h : bottom) - top) *
         ((left + d->kernel_w < right ? left + d->kernel_w : right) - left);
}

/* @section kedge_average_body_s8: kedge_count kedge_put kedge_inline */
/* q->multiplier[n] = f32(factor ÷ n) for n = 0 … kernel_h · kernel_w (n = 0 is not read); q->pad
 * is the input's zero point, q->bias is not read. */
KEDGE_INLINE void kedge_average_body_s8(const int8_t *x, const kedge_layer *q, void *y,
                                        const kedge_window *d, const kedge_average *a, int real) {
  const int32_t depth = d->depth;
  int32_t at = 0;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      const int32_t top = oy * d->stride_h - d->pad_top;
      const kedge_span rows = kedge_cut(top, d->kernel_h, d->height);
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        const int32_t left = ox * d->stride_w - d->pad_left;
        const kedge_span columns = kedge_cut(left, d->kernel_w, d->width);
        const int32_t cells = (rows.to - rows.from) * (columns.to - columns.from);
        const int32_t count = kedge_count(d, a, top, left, rows, columns);
        for (int32_t c = 0; c < depth; c++) {
          int32_t sum = -q->pad * cells;
          for (int32_t r = rows.from; r < rows.to; r++) {
            const int8_t *cell = x + (r * d->width + columns.from) * depth + c;
            for (int32_t i = columns.from; i < columns.to; i++, cell += depth) sum += *cell;
          }
          kedge_put(sum, q->multiplier[count], q->zero, q, y, at++, real);
        }
      }
    }
  }
  kedge_finish(q, y, at, real);
}

/* @section kedge_average_s8: kedge_average_body_s8 */
static void kedge_average_s8(const int8_t *x, const kedge_layer *q, int8_t *y,
                             const kedge_window *d, const kedge_average *a) {
  kedge_average_body_s8(x, q, y, d, a, 0);
}

/* @section kedge_average_s8_f32: kedge_average_body_s8 */
static void kedge_average_s8_f32(const int8_t *x, const kedge_layer *q, float *y,
                                 const kedge_window *d, const kedge_average *a) {
  kedge_average_body_s8(x, q, y, d, a, 1);
}

/* @section kedge_average_f32: kedge_count kedge_clampf */
/* Sums row by row, then ÷ count. */
static void kedge_average_f32(const float *x, float *y, const kedge_window *d,
                              const kedge_average *a, float low, float high) {
  const int32_t depth = d->depth;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      const int32_t top = oy * d->stride_h - d->pad_top;
      const kedge_span rows = kedge_cut(top, d->kernel_h, d->height);
      for (int32_t ox = 0; ox < d->out_width; ox++) {
        const int32_t left = ox * d->stride_w - d->pad_left;
        const kedge_span columns = kedge_cut(left, d->kernel_w, d->width);
        const float count = (float)kedge_count(d, a, top, left, rows, columns);
        for (int32_t c = 0; c < depth; c++) {
          float sum = 0;
          for (int32_t r = rows.from; r < rows.to; r++) {
            const float *cell = x + (r * d->width + columns.from) * depth + c;
            for (int32_t i = columns.from; i < columns.to; i++, cell += depth) sum += *cell;
          }
          *y++ = kedge_clampf(sum / count, low, high);
        }
      }
    }
  }
}
