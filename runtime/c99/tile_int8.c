/*
 * Conv2D with int8 weights: patches times weights. Two pixels' patches meet two channels' weights at
 * a time, so that each value loaded takes part in two products.
 */

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

/* @section kedge_tile_body: kedge_inline kedge_dsp kedge_mve kedge_put4 kedge_tile_job kedge_tile4 */
#if !defined(KEDGE_DSP)
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
#if defined(KEDGE_DSP)
#define kedge_tile_s8 0
#else
static KEDGE_NOINLINE void kedge_tile_s8(const kedge_tile_job *job, const kedge_layer *q) {
  kedge_tile_body(job, q, 0);
}
#endif

/* @section kedge_tile_f32: kedge_tile_body kedge_noinline */
#if defined(KEDGE_DSP)
#define kedge_tile_f32 0
#else
static KEDGE_NOINLINE void kedge_tile_f32(const kedge_tile_job *job, const kedge_layer *q) {
  kedge_tile_body(job, q, 1);
}
#endif
