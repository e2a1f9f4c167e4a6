/*
 * float32 operators on single elements. Two operands: rows whose elements stand step_a and step_b
 * apart, each 1 or 0; other broadcasts go through kedge_broadcast_f32. One operand: kedge_unary_*
 * of UNARY_KINDS. y may be x, a or b. No scratch.
 */

/* @section kedge_binary_f32: */
/* Add alone reads the factors; Add and Mul read the bounds; the others take a null pointer. */
typedef struct {
  float factor_a, factor_b, low, high;
} kedge_binary_f32;

/* @section kedge_add_f32: kedge_binary_f32 kedge_clampf */
static void kedge_add_f32(const float *a, const float *b, float *y, int32_t count, int32_t step_a,
                          int32_t step_b, const kedge_binary_f32 *q) {
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) {
    const float left = *a * q->factor_a, right = *b * q->factor_b;
    y[i] = kedge_clampf(left + right, q->low, q->high);
  }
}

/* @section kedge_mul_f32: kedge_binary_f32 kedge_clampf */
static void kedge_mul_f32(const float *a, const float *b, float *y, int32_t count, int32_t step_a,
                          int32_t step_b, const kedge_binary_f32 *q) {
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) {
    y[i] = kedge_clampf(*a * *b, q->low, q->high);
  }
}

/* @section kedge_div_f32: kedge_binary_f32 */
static void kedge_div_f32(const float *a, const float *b, float *y, int32_t count, int32_t step_a,
                          int32_t step_b, const kedge_binary_f32 *q) {
  (void)q;
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) y[i] = *a / *b;
}

/* @section kedge_maximum_f32: kedge_binary_f32 */
static void kedge_maximum_f32(const float *a, const float *b, float *y, int32_t count,
                              int32_t step_a, int32_t step_b, const kedge_binary_f32 *q) {
  (void)q;
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) y[i] = *a < *b ? *b : *a;
}

/* @section kedge_minimum_f32: kedge_binary_f32 */
static void kedge_minimum_f32(const float *a, const float *b, float *y, int32_t count,
                              int32_t step_a, int32_t step_b, const kedge_binary_f32 *q) {
  (void)q;
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) y[i] = *b < *a ? *b : *a;
}

/* @section kedge_pow_f32: kedge_binary_f32 kedge_pow */
static void kedge_pow_f32(const float *a, const float *b, float *y, int32_t count, int32_t step_a,
                          int32_t step_b, const kedge_binary_f32 *q) {
  (void)q;
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) y[i] = kedge_pow(*a, *b);
}

/* @section kedge_unary_relu: */
static void kedge_unary_relu(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

/* @section kedge_unary_clip: kedge_clampf */
static void kedge_unary_clip(const float *x, float *y, int32_t count, float alpha, float beta) {
  for (int32_t i = 0; i < count; i++) y[i] = kedge_clampf(x[i], alpha, beta);
}

/* @section kedge_unary_leakyRelu: */
static void kedge_unary_leakyRelu(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = x[i] < 0.0f ? x[i] * alpha : x[i];
}

/* @section kedge_unary_elu: kedge_exp */
static void kedge_unary_elu(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = x[i] < 0.0f ? alpha * (kedge_exp(x[i]) - 1.0f) : x[i];
}

/* @section kedge_unary_sigmoid: kedge_sigmoid */
static void kedge_unary_sigmoid(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_sigmoid(x[i]);
}

/* @section kedge_unary_hardSigmoid: kedge_clampf */
static void kedge_unary_hardSigmoid(const float *x, float *y, int32_t count, float alpha, float beta) {
  for (int32_t i = 0; i < count; i++) y[i] = kedge_clampf(alpha * x[i] + beta, 0.0f, 1.0f);
}

/* @section kedge_unary_hardSwish: kedge_clampf */
static void kedge_unary_hardSwish(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = x[i] * kedge_clampf(x[i] * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);
}

/* @section kedge_unary_tanh: kedge_tanh */
static void kedge_unary_tanh(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_tanh(x[i]);
}

/* @section kedge_unary_exp: kedge_exp */
static void kedge_unary_exp(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_exp(x[i]);
}

/* @section kedge_unary_log: kedge_log */
static void kedge_unary_log(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_log(x[i]);
}

/* @section kedge_unary_sqrt: kedge_sqrt */
static void kedge_unary_sqrt(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_sqrt(x[i]);
}

/* @section kedge_unary_abs: kedge_abs */
static void kedge_unary_abs(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_abs(x[i]);
}

/* @section kedge_unary_neg: kedge_neg */
static void kedge_unary_neg(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_neg(x[i]);
}

/* @section kedge_unary_erf: kedge_erf */
static void kedge_unary_erf(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_erf(x[i]);
}

/* @section kedge_unary_softplus: kedge_softplus */
static void kedge_unary_softplus(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_softplus(x[i]);
}

/* @section kedge_unary_floor: kedge_floor */
static void kedge_unary_floor(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_floor(x[i]);
}

/* @section kedge_unary_ceil: kedge_ceil */
static void kedge_unary_ceil(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_ceil(x[i]);
}

/* @section kedge_unary_reciprocal: */
static void kedge_unary_reciprocal(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = 1.0f / x[i];
}

/* @section kedge_unary_round: kedge_abs kedge_half_even */
static void kedge_unary_round(const float *x, float *y, int32_t count, float alpha, float beta) {
  (void)alpha;
  (void)beta;
  for (int32_t i = 0; i < count; i++) y[i] = kedge_abs(x[i]) < 4194304.0f ? kedge_half_even(x[i]) : x[i];
}
