/*
 * Layers whose int8 weights take few values: they stay in flash as indices of 1, 2 or 4 bits into
 * tables of values (converters/targets/mcu/weight_layouts/narrow_weights.ts).
 *
 * kedge_conv2d_packed_s8 unpacks the weights of `block` channels at a time, with groups all of them,
 * and makes these channels of the whole picture, so y may not lie over x. Scratch: that of
 * kedge_conv2d_s8, rounded up to a multiple of 16, then `block` rows of K4 bytes and 12 more.
 *
 * kedge_depthwise_packed_s8 unpacks all weights. Scratch: their number, rounded up to a multiple of
 * 16, then that of kedge_depthwise_s8.
 */

/* @section kedge_packed: */
typedef struct {
  const uint8_t *indices; /* [channels][row_bytes], low bits first */
  const int8_t *values;   /* [1 << bits]; a table for each channel, `step` apart, or one, step 0 */
  uint16_t row_bytes, bits, step;
} kedge_packed;

/* @section kedge_unpack: kedge_packed kedge_mve */
/* `count` weights of a channel from weight `from` on, which is a multiple of 8. */
static void kedge_unpack(const kedge_packed *p, int32_t channel, int32_t from, int32_t count,
                         int8_t *to) {
  const int32_t bits = p->bits;
  const uint8_t *in = p->indices + channel * p->row_bytes + ((from * bits) >> 3);
  const int8_t *values = p->values + channel * p->step;
#if defined(KEDGE_MVE)
  /* Each lane takes its byte, shifts its bits down, and looks them up. */
  const uint8x16_t bit = vmulq_n_u8(vidupq_n_u8(0, 1), (uint8_t)bits), at = vshrq_n_u8(bit, 3);
  const int8x16_t down = vnegq_s8(vreinterpretq_s8_u8(vandq_u8(bit, vdupq_n_u8(7))));
  const uint8x16_t mask = vdupq_n_u8((uint8_t)((1 << bits) - 1));
  for (; count > 0; count -= 16, in += 2 * bits, to += 16) {
    const mve_pred16_t there = vctp8q((uint32_t)count);
    const uint8x16_t bytes = vldrbq_gather_offset_z_u8(in, at, there);
    const uint8x16_t index = vandq_u8(vshlq_u8(bytes, down), mask);
    vstrbq_p_s8(to, vldrbq_gather_offset_s8(values, index), there);
  }
#else
  const uint32_t mask = (1u << bits) - 1u;
  for (; count >= 8; count -= 8, in += bits, to += 8) {
    uint32_t word = in[0];
    if (bits > 1) word |= (uint32_t)in[1] << 8;
    if (bits > 2) word |= (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
    to[0] = values[word & mask], word >>= bits;
    to[1] = values[word & mask], word >>= bits;
    to[2] = values[word & mask], word >>= bits;
    to[3] = values[word & mask], word >>= bits;
    to[4] = values[word & mask], word >>= bits;
    to[5] = values[word & mask], word >>= bits;
    to[6] = values[word & mask], word >>= bits;
    to[7] = values[word & mask];
  }
  for (int32_t k = 0; k < count; k++) {
    to[k] = values[(uint32_t)in[(k * bits) >> 3] >> ((k * bits) & 7) & mask];
  }
#endif
}

/* @section kedge_dense_packed_body: kedge_inline kedge_unpack kedge_dot_s8 kedge_put */
KEDGE_INLINE void kedge_dense_packed_body(const int8_t *x, const kedge_packed *w,
                                          const kedge_layer *q, void *y, int32_t size,
                                          int32_t channels, int real) {
  int8_t part[128];
  for (int32_t c = 0; c < channels; c++) {
    int32_t sum = q->bias[c];
    for (int32_t k = 0; k < size; k += 128) {
      const int32_t count = size - k < 128 ? size - k : 128;
      kedge_unpack(w, c, k, count, part);
      sum = kedge_dot_s8(x + k, part, count, sum);
    }
    kedge_put(sum, q->multiplier[c], q->zero, q, y, c, real);
  }
  kedge_finish(q, y, channels, real);
}

/* @section kedge_dense_packed_s8: kedge_dense_packed_body */
static void kedge_dense_packed_s8(const int8_t *x, const kedge_packed *w, const kedge_layer *q,
                                  int8_t *y, int32_t size, int32_t channels) {
  kedge_dense_packed_body(x, w, q, y, size, channels, 0);
}

/* @section kedge_dense_packed_s8_f32: kedge_dense_packed_body */
static void kedge_dense_packed_s8_f32(const int8_t *x, const kedge_packed *w, const kedge_layer *q,
                                      float *y, int32_t size, int32_t channels) {
  kedge_dense_packed_body(x, w, q, y, size, channels, 1);
}

/* @section kedge_conv2d_packed_body: kedge_unpack kedge_conv2d_tiles */
/* `width` and `tile` as in kedge_conv2d_tiles. */
static void kedge_conv2d_packed_body(const int8_t *x, const kedge_packed *w, const kedge_layer *q,
                                     void *y, void *scratch, const kedge_window *d, int32_t block,
                                     int32_t width, kedge_tile *tile) {
  const int32_t size = d->kernel_h * d->kernel_w * (d->depth / d->groups), pitch = (size + 3) & ~3;
  const int32_t patches = 5 * ((size + 15) & ~15);
  int8_t *rows = (int8_t *)scratch + (patches < 512 ? 512 : patches);
  for (int32_t c = 0; c < d->channels; c += block) {
    const int32_t count = c + block < d->channels ? block : d->channels - c;
    for (int32_t i = 0; i < count; i++) {
      kedge_unpack(w, c + i, 0, size, rows + i * pitch);
      memset(rows + i * pitch + size, 0, (uint32_t)(pitch - size));
    }
    kedge_conv2d_tiles(x, rows, q, y, (int8_t *)scratch, d, c, count, width, tile);
  }
}

/* @section kedge_conv2d_packed_s8: kedge_conv2d_packed_body kedge_tile_s8 kedge_tighten */
static void kedge_conv2d_packed_s8(const int8_t *x, const kedge_packed *w, const kedge_layer *q,
                                   int8_t *y, void *scratch, const kedge_window *d,
                                   int32_t block) {
  kedge_conv2d_packed_body(x, w, q, y, scratch, d, block, 1, kedge_tile_s8);
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}

/* @section kedge_conv2d_packed_s8_f32: kedge_conv2d_packed_body kedge_tile_f32 */
static void kedge_conv2d_packed_s8_f32(const int8_t *x, const kedge_packed *w,
                                       const kedge_layer *q, float *y, void *scratch,
                                       const kedge_window *d, int32_t block) {
  kedge_conv2d_packed_body(x, w, q, y, scratch, d, block, 4, kedge_tile_f32);
}

/* @section kedge_unpack_depthwise: kedge_unpack kedge_window */
/* All weights of a depthwise layer as its kernels read them, at most 128 of a channel; gives the
 * rest of the scratch memory. */
static void *kedge_unpack_depthwise(const kedge_packed *w, int8_t *to, const kedge_window *d) {
  const int32_t count = d->kernel_h * d->kernel_w, channels = d->channels;
  int8_t own[128];
  for (int32_t c = 0; c < channels; c++) {
    kedge_unpack(w, c, 0, count, own);
    for (int32_t k = 0; k < count; k++) to[k * channels + c] = own[k];
  }
  return to + ((count * channels + 15) & ~15);
}

/* @section kedge_depthwise_packed_s8: kedge_unpack_depthwise kedge_depthwise_s8 */
static void kedge_depthwise_packed_s8(const int8_t *x, const kedge_packed *w, const kedge_layer *q,
                                      int8_t *y, void *scratch, const kedge_window *d) {
  kedge_depthwise_s8(x, (int8_t *)scratch, q, y, kedge_unpack_depthwise(w, (int8_t *)scratch, d),
                     d);
}

/* @section kedge_depthwise_packed_s8_f32: kedge_unpack_depthwise kedge_depthwise_s8_f32 */
static void kedge_depthwise_packed_s8_f32(const int8_t *x, const kedge_packed *w,
                                          const kedge_layer *q, float *y, void *scratch,
                                          const kedge_window *d) {
  kedge_depthwise_s8_f32(x, (int8_t *)scratch, q, y,
                         kedge_unpack_depthwise(w, (int8_t *)scratch, d), d);
}
