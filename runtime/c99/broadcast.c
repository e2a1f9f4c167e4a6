/* Two operands stretched to one shape, as in numpy: walks all but the last axis. No scratch. */

/* @section kedge_broadcast: */
/* Output shape; strides of a and b in elements, 0 along stretched axes. rank ≥ 1. */
typedef struct {
  int32_t rank, shape[6], a[6], b[6];
} kedge_broadcast;

/* @section kedge_broadcast_next: kedge_broadcast */
/* Steps index, a's and b's place along the axes before the last; 0 at the end. */
static int kedge_broadcast_next(const kedge_broadcast *d, int32_t *index, int32_t *a, int32_t *b) {
  for (int32_t axis = d->rank - 2; axis >= 0; axis--) {
    *a += d->a[axis];
    *b += d->b[axis];
    if (++index[axis] < d->shape[axis]) return 1;
    *a -= index[axis] * d->a[axis];
    *b -= index[axis] * d->b[axis];
    index[axis] = 0;
  }
  return 0;
}

/* @section kedge_broadcast_s8: kedge_broadcast_next kedge_binary_s8 */
/* `row` is kedge_add_s8 or kedge_mul_s8. */
static void kedge_broadcast_s8(void (*row)(const int8_t *, const int8_t *, int8_t *, int32_t,
                                           int32_t, int32_t, const kedge_binary_s8 *),
                               const int8_t *a, const int8_t *b, int8_t *y,
                               const kedge_binary_s8 *q, const kedge_broadcast *d) {
  const int32_t last = d->rank - 1;
  int32_t index[6] = {0}, at_a = 0, at_b = 0;
  do {
    row(a + at_a, b + at_b, y, d->shape[last], d->a[last], d->b[last], q);
    y += d->shape[last];
  } while (kedge_broadcast_next(d, index, &at_a, &at_b));
}

/* @section kedge_broadcast_f32: kedge_broadcast_next kedge_binary_f32 */
/* `row` is one of the kernels in elementwise_float32.c. */
static void kedge_broadcast_f32(void (*row)(const float *, const float *, float *, int32_t,
                                            int32_t, int32_t, const kedge_binary_f32 *),
                                const float *a, const float *b, float *y,
                                const kedge_binary_f32 *q, const kedge_broadcast *d) {
  const int32_t last = d->rank - 1;
  int32_t index[6] = {0}, at_a = 0, at_b = 0;
  do {
    row(a + at_a, b + at_b, y, d->shape[last], d->a[last], d->b[last], q);
    y += d->shape[last];
  } while (kedge_broadcast_next(d, index, &at_a, &at_b));
}
