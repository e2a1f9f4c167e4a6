/*
 * Add, Mul, Table, Quantize, Dequantize. Add and Mul take rows whose elements stand `step_a` and
 * `step_b` apart, each 1 or 0 (0 repeats one value); equal shapes are one row. Operands that
 * broadcast otherwise go through kedge_broadcast_s8 (broadcast.c). y may be a or b. No scratch.
 */

/* @section kedge_binary_s8: */
/* Operands and output of Add or Mul. */
typedef struct {
  float factor_a, factor_b; /* Mul reads factor_a alone */
  int16_t zero_a, zero_b, zero, min, max;
} kedge_binary_s8;

/* @section kedge_product24: kedge_inline kedge_bits kedge_round24 */
#if defined(KEDGE_INTEGER)
/* f32(value × factor) as a signed mantissa of 24 bits at most × 2^exponent; |value| ≤ 255. */
typedef struct {
  int64_t mantissa;
  int32_t exponent;
} kedge_number;
static kedge_number kedge_product24(int32_t value, float factor) {
  const uint32_t bits = kedge_bits(factor) & 0x7fffffffu;
  const uint32_t mantissa = bits >> 23 ? (bits & 0x7fffffu) | 0x800000u : bits;
  const int negative = (value < 0) != (kedge_bits(factor) >> 31);
  const uint32_t size = (uint32_t)(value < 0 ? -value : value);
  const int64_t product = (int64_t)kedge_round24((uint64_t)size * mantissa);
  kedge_number out;
  out.mantissa = negative ? -product : product;
  out.exponent = (int32_t)(bits >> 23 ? bits >> 23 : 1) - 150;
  return out;
}
#endif

/* @section kedge_sum: kedge_fpu kedge_inline kedge_dsp kedge_bits kedge_round kedge_product24 kedge_shift_even kedge_clamp */
/* round half to even(f32(f32(a · factor_a) + f32(b · factor_b))) + zero, clamped. */
#if defined(KEDGE_INTEGER)
/* Integers alone: both products over one exponent. Where they lie 2³⁴ or more apart, the smaller
 * one is below half a unit in the last place of the larger and float32 drops it too. */
static int32_t kedge_sum(int32_t a, int32_t b, const kedge_binary_s8 *q) {
  kedge_number high = kedge_product24(a, q->factor_a), low = kedge_product24(b, q->factor_b);
  if (high.mantissa == 0 || (low.mantissa != 0 && low.exponent > high.exponent)) {
    const kedge_number swapped = high;
    high = low;
    low = swapped;
  }
  const int32_t apart = high.exponent - low.exponent;
  int64_t sum = high.mantissa;
  int32_t exponent = high.exponent;
  if (low.mantissa != 0 && apart <= 34) {
    sum = high.mantissa * ((int64_t)1 << apart) + low.mantissa;
    exponent = low.exponent;
  }
  const uint64_t size = kedge_round24((uint64_t)(sum < 0 ? -sum : sum));
  uint64_t scaled = 0;
  if (exponent < 0) {
    scaled = kedge_shift_even(size, -exponent);
  } else if (size) {
    scaled = 1023;
  }
  const int32_t bounded = scaled > 1023 ? 1023 : (int32_t)scaled;
  return kedge_clamp((sum < 0 ? -bounded : bounded) + q->zero, q->min, q->max);
}
#elif defined(KEDGE_DSP) && defined(__ARM_FP)
/* As kedge_scale: bounds tighter than int8's come later. */
KEDGE_INLINE int32_t kedge_sum(int32_t a, int32_t b, const kedge_binary_s8 *q) {
  const float left = (float)a * q->factor_a, right = (float)b * q->factor_b;
  float rounded;
  int32_t out;
  __asm__("vcvtr.s32.f32 %0, %1" : "=t"(rounded) : "t"(left + right));
  __asm__("qadd %0, %1, %2" : "=r"(out) : "r"((int32_t)kedge_bits(rounded)), "r"((int32_t)q->zero));
  __asm__("ssat %0, #8, %1" : "=r"(out) : "r"(out));
  return out;
}
#else
KEDGE_INLINE int32_t kedge_sum(int32_t a, int32_t b, const kedge_binary_s8 *q) {
  const float left = (float)a * q->factor_a, right = (float)b * q->factor_b;
  return kedge_round(left + right, q->zero, q->min, q->max);
}
#endif

/* @section kedge_add_s8: kedge_binary_s8 kedge_sum kedge_mve kedge_tighten */
static void kedge_add_s8(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t step_a,
                         int32_t step_b, const kedge_binary_s8 *given) {
  const kedge_binary_s8 rule = *given, *q = &rule; /* y cannot change it */
#if defined(KEDGE_MVE)
  for (; count >= 4 && step_a == 1; count -= 4, a += 4, b += 4 * step_b, y += 4) {
    const int32x4_t right = step_b ? vldrbq_s32(b) : vdupq_n_s32(*b);
    const float32x4_t x = vcvtq_f32_s32(vsubq_n_s32(vldrbq_s32(a), q->zero_a));
    const float32x4_t z = vcvtq_f32_s32(vsubq_n_s32(right, q->zero_b));
    const float32x4_t sum = vaddq_f32(vmulq_n_f32(x, q->factor_a), vmulq_n_f32(z, q->factor_b));
    const int32x4_t out = vqaddq_n_s32(vcvtnq_s32_f32(sum), q->zero);
    vstrbq_s32(y, vminq_s32(vmaxq_s32(out, vdupq_n_s32(q->min)), vdupq_n_s32(q->max)));
  }
#endif
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) {
    y[i] = (int8_t)kedge_sum(*a - q->zero_a, *b - q->zero_b, q);
  }
  kedge_tighten(y, count, q->min, q->max);
}

/* @section kedge_mul_s8: kedge_binary_s8 kedge_scale kedge_tighten */
static void kedge_mul_s8(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t step_a,
                         int32_t step_b, const kedge_binary_s8 *q) {
  for (int32_t i = 0; i < count; i++, a += step_a, b += step_b) {
    const int32_t product = (*a - q->zero_a) * (*b - q->zero_b);
    y[i] = (int8_t)kedge_scale(product, q->factor_a, q->zero, q->min, q->max);
  }
  kedge_tighten(y, count, q->min, q->max);
}

/* @section kedge_table: */
/* y = table[x + 128]. */
static void kedge_table(const int8_t *x, const int8_t *table, int8_t *y, int32_t count) {
  for (int32_t i = 0; i < count; i++) y[i] = table[x[i] + 128];
}

/* @section kedge_quantize: kedge_round */
/* y = round(f32(x · factor)) + zero, clamped; NaN gives min. */
static void kedge_quantize(const float *x, int8_t *y, int32_t count, float factor, int32_t zero,
                           int32_t min, int32_t max) {
  for (int32_t i = 0; i < count; i++) y[i] = (int8_t)kedge_round(x[i] * factor, zero, min, max);
}

/* @section kedge_dequantize: */
/* y = f32((x − zero) · scale). */
static void kedge_dequantize(const int8_t *x, float *y, int32_t count, float scale, int32_t zero) {
  for (int32_t i = 0; i < count; i++) y[i] = (float)(x[i] - zero) * scale;
}
