/* Reduce and Softmax, float32. No scratch. */

/* @section kedge_reduce_body: kedge_step kedge_size kedge_inline */
/* d->shape is x's; strides are y's, 0 along reduced axes. kind: 0 mean, 1 sum, 2 max, 3 min, 4 l2
 * (square root of the sum of squares, which is left to the caller). */
KEDGE_INLINE void kedge_reduce_body(const float *x, float *y, const kedge_move *d, int32_t outputs,
                                    float start, int kind) {
  int32_t index[6] = {0}, at = 0;
  for (int32_t i = 0; i < outputs; i++) y[i] = start;
  for (int32_t i = 0, size = kedge_size(d); i < size; i++, at = kedge_step(d, index, at)) {
    const float value = x[i], old = y[at];
    if (kind == 2) {
      y[at] = old < value ? value : old;
    } else if (kind == 3) {
      y[at] = value < old ? value : old;
    } else {
      y[at] = old + (kind == 4 ? value * value : value);
    }
  }
}

/* @section kedge_reduce_mean: kedge_reduce_body */
/* count = product of the reduced axes. */
static void kedge_reduce_mean(const float *x, float *y, const kedge_move *d, int32_t outputs,
                              float count) {
  kedge_reduce_body(x, y, d, outputs, 0.0f, 0);
  for (int32_t i = 0; i < outputs; i++) y[i] = y[i] / count;
}

/* @section kedge_reduce_sum: kedge_reduce_body */
static void kedge_reduce_sum(const float *x, float *y, const kedge_move *d, int32_t outputs,
                             float count) {
  (void)count;
  kedge_reduce_body(x, y, d, outputs, 0.0f, 1);
}

/* @section kedge_reduce_max: kedge_reduce_body */
static void kedge_reduce_max(const float *x, float *y, const kedge_move *d, int32_t outputs,
                             float count) {
  (void)count;
  kedge_reduce_body(x, y, d, outputs, -1.0f / 0.0f, 2);
}

/* @section kedge_reduce_min: kedge_reduce_body */
static void kedge_reduce_min(const float *x, float *y, const kedge_move *d, int32_t outputs,
                             float count) {
  (void)count;
  kedge_reduce_body(x, y, d, outputs, 1.0f / 0.0f, 3);
}

/* @section kedge_reduce_l2: kedge_reduce_body kedge_sqrt */
static void kedge_reduce_l2(const float *x, float *y, const kedge_move *d, int32_t outputs,
                            float count) {
  (void)count;
  kedge_reduce_body(x, y, d, outputs, 0.0f, 4);
  for (int32_t i = 0; i < outputs; i++) y[i] = kedge_sqrt(y[i]);
}

/* @section kedge_softmax_top: kedge_inline */
/* Largest of `depth` values. */
static float kedge_softmax_top(const float *x, int32_t depth) {
  float top = -1.0f / 0.0f;
  for (int32_t i = 0; i < depth; i++) top = top < x[i] ? x[i] : top;
  return top;
}

/* @section kedge_softmax: kedge_softmax_top kedge_exp */
/* Over the last axis: e = exp(x − max), e ÷ Σ e. */
static void kedge_softmax(const float *x, float *y, int32_t rows, int32_t depth) {
  for (; rows > 0; rows--, x += depth, y += depth) {
    const float top = kedge_softmax_top(x, depth);
    float sum = 0;
    for (int32_t i = 0; i < depth; i++) {
      y[i] = kedge_exp(x[i] - top);
      sum += y[i];
    }
    for (int32_t i = 0; i < depth; i++) y[i] = y[i] / sum;
  }
}

/* @section kedge_log_softmax: kedge_softmax_top kedge_exp kedge_log */
/* (x − max) − ln Σ exp(x − max). */
static void kedge_log_softmax(const float *x, float *y, int32_t rows, int32_t depth) {
  for (; rows > 0; rows--, x += depth, y += depth) {
    const float top = kedge_softmax_top(x, depth);
    float sum = 0;
    for (int32_t i = 0; i < depth; i++) sum += kedge_exp(x[i] - top);
    const float rest = kedge_log(sum);
    for (int32_t i = 0; i < depth; i++) y[i] = (x[i] - top) - rest;
  }
}
