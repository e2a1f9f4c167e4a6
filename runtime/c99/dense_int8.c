/*
 * FullyConnected of one row with int8 weights: acc[o] = bias[o] + Σ x · w, exact. Reads x where it
 * is, however long. Weights as for Conv2D (convolution_int8.c). No scratch.
 */

/* @section kedge_dot_s8: kedge_noinline kedge_dsp kedge_mve kedge_load4 */
/* sum + Σ a · b. */
static KEDGE_NOINLINE int32_t kedge_dot_s8(const int8_t *a, const int8_t *b, int32_t count,
                                           int32_t sum) {
#if defined(KEDGE_MVE)
  for (; count > 0; count -= 16, a += 16, b += 16) {
    const mve_pred16_t there = vctp8q((uint32_t)count);
    sum = vmladavaq_p_s8(sum, vldrbq_z_s8(a, there), vldrbq_z_s8(b, there), there);
  }
#elif defined(KEDGE_DSP)
  for (; count >= 4; count -= 4, a += 4, b += 4) {
    const int32_t p = kedge_load4(a), q = kedge_load4(b);
    sum = kedge_smlad(kedge_sxtb16(p), kedge_sxtb16(q), sum);
    sum = kedge_smlad(kedge_sxtb16_ror8(p), kedge_sxtb16_ror8(q), sum);
  }
#else
  for (; count >= 4; count -= 4, a += 4, b += 4) {
    sum += a[0] * b[0];
    sum += a[1] * b[1];
    sum += a[2] * b[2];
    sum += a[3] * b[3];
  }
#endif
  for (; count > 0; count--) sum += *a++ * *b++;
  return sum;
}

/* @section kedge_dense_body: kedge_inline kedge_dot_s8 kedge_put */
KEDGE_INLINE void kedge_dense_body(const int8_t *x, const int8_t *w, const kedge_layer *q, void *y,
                                   int32_t size, int32_t channels, int real) {
  const int32_t pitch = (size + 3) & ~3;
  for (int32_t c = 0; c < channels; c++, w += pitch) {
    const int32_t sum = kedge_dot_s8(x, w, size, q->bias[c]);
    kedge_put(sum, q->multiplier[c], q->zero, q, y, c, real);
  }
  kedge_finish(q, y, channels, real);
}

/* @section kedge_dense_s8: kedge_dense_body */
static void kedge_dense_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                           int32_t size, int32_t channels) {
  kedge_dense_body(x, w, q, y, size, channels, 0);
}

/* @section kedge_dense_s8_f32: kedge_dense_body */
static void kedge_dense_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q, float *y,
                               int32_t size, int32_t channels) {
  kedge_dense_body(x, w, q, y, size, channels, 1);
}
