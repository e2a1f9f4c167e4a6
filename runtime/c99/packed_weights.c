/*
 * Conv2D and FullyConnected whose int8 weights take few values: they stay in flash as indices of 1,
 * 2 or 4 bits into tables of values (converters/targets/mcu/weight_layouts/narrow_weights.ts).
 *
 * kedge_conv2d_packed_s8 unpacks the weights of `block` channels at a time and makes these channels
 * of the whole picture, so y may not lie over x. Scratch: that of kedge_conv2d_s8, rounded up to a
 * multiple of 16, then `block` rows of K4 bytes and 12 more.
 */

/* @section kedge_packed: */
typedef struct {
  const uint8_t *indices; /* [channels][row_bytes], low bits first */
  const int8_t *values;   /* [1 << bits]; a table for each channel, `step` apart, or one, step 0 */
  uint16_t row_bytes, bits, step;
} kedge_packed;

/* @section kedge_unpack: kedge_packed */
/* `count` weights of a channel from weight `from` on, which is a multiple of 8. */
static void kedge_unpack(const kedge_packed *p, int32_t channel, int32_t from, int32_t count,
                         int8_t *to) {
  const int32_t bits = p->bits, each = 8 >> (bits >> 1);
  const uint8_t *in = p->indices + channel * p->row_bytes + ((from * bits) >> 3);
  const int8_t *values = p->values + channel * p->step;
  const uint32_t mask = (1u << bits) - 1u;
  while (count > 0) {
    uint32_t byte = *in++;
    const int32_t now = count < each ? count : each;
    for (int32_t i = 0; i < now; i++, byte >>= bits) *to++ = values[byte & mask];
    count -= now;
  }
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

/* @section kedge_conv2d_packed_s8: kedge_unpack kedge_conv2d_tiles kedge_tile_s8 kedge_tighten */
static void kedge_conv2d_packed_s8(const int8_t *x, const kedge_packed *w, const kedge_layer *q,
                                   int8_t *y, void *scratch, const kedge_window *d,
                                   int32_t block) {
  const int32_t size = d->kernel_h * d->kernel_w * d->depth, pitch = (size + 3) & ~3;
  int8_t *rows = (int8_t *)scratch + 5 * ((size + 15) & ~15);
  for (int32_t c = 0; c < d->channels; c += block) {
    const int32_t count = c + block < d->channels ? block : d->channels - c;
    for (int32_t i = 0; i < count; i++) {
      kedge_unpack(w, c + i, 0, size, rows + i * pitch);
      memset(rows + i * pitch + size, 0, (uint32_t)(pitch - size));
    }
    kedge_conv2d_tiles(x, rows, q, y, (int8_t *)scratch, d, c, count, 1, kedge_tile_s8);
  }
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}
