/*
 * Elementary functions of runtime/reference/math.ts, line for line: +, −, ×, ÷ and square root of
 * IEEE single precision in a fixed order. Polynomials: Cephes Math Library (S. L. Moshier); erf:
 * Abramowitz and Stegun 7.1.26.
 */

/* @section kedge_float: kedge_inline kedge_move4 */
/* The float32 with these bits. */
KEDGE_INLINE float kedge_float(uint32_t bits) {
  float x;
  KEDGE_MOVE4(&x, &bits);
  return x;
}

/* @section kedge_abs: kedge_float kedge_bits */
KEDGE_INLINE float kedge_abs(float x) { return kedge_float(kedge_bits(x) & 0x7fffffffu); }

/* @section kedge_neg: kedge_float kedge_bits */
KEDGE_INLINE float kedge_neg(float x) { return kedge_float(kedge_bits(x) ^ 0x80000000u); }

/* @section kedge_half_even: kedge_inline */
/* x rounded half to even, |x| < 2²². */
KEDGE_INLINE float kedge_half_even(float x) { return (x + 12582912.0f) - 12582912.0f; }

/* @section kedge_exp: kedge_float kedge_half_even */
static float kedge_exp(float x) {
  if (x != x) return x;
  if (x > 88.72283f) return kedge_float(0x7f800000u);
  if (x < -87.33654f) return 0.0f;
  const float n = kedge_half_even(x * 1.44269504088896341f);
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r;
  y = y + 1.0f;
  const int32_t whole = (int32_t)n;
  const int32_t half = whole < 0 ? -((1 - whole) / 2) : whole / 2; /* rounded down */
  y = y * kedge_float((uint32_t)(half + 127) << 23);
  return y * kedge_float((uint32_t)(whole - half + 127) << 23);
}

/* @section kedge_log: kedge_float kedge_bits */
static float kedge_log(float x) {
  if (x != x || x < 0.0f) return kedge_float(0x7fc00000u);
  if (x == 0.0f) return kedge_float(0xff800000u);
  if (kedge_bits(x) == 0x7f800000u) return x;
  int32_t exponent = 0;
  if (x < 1.17549435e-38f) {
    x = x * 8388608.0f;
    exponent = -23;
  }
  exponent += (int32_t)(kedge_bits(x) >> 23) - 126;
  float m = kedge_float((kedge_bits(x) & 0x007fffffu) | 0x3f000000u);
  if (m < 0.707106781186547524f) {
    exponent -= 1;
    m = m + m;
  }
  m = m - 1.0f;
  const float z = m * m, e = (float)exponent;
  float y = 7.0376836292e-2f;
  y = y * m + -1.1514610310e-1f;
  y = y * m + 1.1676998740e-1f;
  y = y * m + -1.2420140846e-1f;
  y = y * m + 1.4249322787e-1f;
  y = y * m + -1.6668057665e-1f;
  y = y * m + 2.0000714765e-1f;
  y = y * m + -2.4999993993e-1f;
  y = y * m + 3.3333331174e-1f;
  y = y * m * z;
  y = y + e * -2.12194440e-4f;
  y = y - 0.5f * z;
  y = m + y;
  return y + e * 0.693359375f;
}

/* @section kedge_sigmoid: kedge_exp kedge_neg */
static float kedge_sigmoid(float x) { return 1.0f / (1.0f + kedge_exp(kedge_neg(x))); }

/* @section kedge_tanh: kedge_exp kedge_neg kedge_abs */
static float kedge_tanh(float x) {
  const float a = kedge_abs(x);
  if (a >= 0.625f) {
    const float y = 1.0f - 2.0f / (kedge_exp(a + a) + 1.0f);
    return x < 0.0f ? kedge_neg(y) : y;
  }
  if (x != x) return x;
  const float z = x * x;
  float y = -5.70498872745e-3f;
  y = y * z + 2.06390887954e-2f;
  y = y * z + -5.37397155531e-2f;
  y = y * z + 1.33314422036e-1f;
  y = y * z + -3.33332819422e-1f;
  return y * z * x + x;
}

/* @section kedge_erf: kedge_exp kedge_neg kedge_abs */
static float kedge_erf(float x) {
  const float a = kedge_abs(x);
  if (a < 0.5f) {
    const float z = x * x;
    float y = -8.5484e-4f;
    y = y * z + 5.2239776e-3f;
    y = y * z + -2.6866171e-2f;
    y = y * z + 1.1283792e-1f;
    y = y * z + -3.7612639e-1f;
    y = y * z + 1.1283792f;
    return y * x;
  }
  const float t = 1.0f / (1.0f + 0.3275911f * a);
  float y = 1.061405429f;
  y = y * t + -1.453152027f;
  y = y * t + 1.421413741f;
  y = y * t + -0.284496736f;
  y = y * t + 0.254829592f;
  y = y * t;
  y = 1.0f - y * kedge_exp(kedge_neg(a * a));
  return x < 0.0f ? kedge_neg(y) : y;
}

/* @section kedge_softplus: kedge_exp kedge_log kedge_neg kedge_abs */
static float kedge_softplus(float x) {
  const float rest = kedge_log(1.0f + kedge_exp(kedge_neg(kedge_abs(x))));
  return (x > 0.0f ? x : 0.0f) + rest;
}

/* @section kedge_sqrt: kedge_bits kedge_float */
/* Correctly rounded square root: the instruction where there is one, else one bit at a time. */
static float kedge_sqrt(float x) {
#if defined(__GNUC__) && defined(__ARM_FP) && (__ARM_FP & 4) && defined(__arm__)
  float y;
  __asm__("vsqrt.f32 %0, %1" : "=t"(y) : "t"(x));
  return y;
#else
  uint32_t bits = kedge_bits(x);
  if (x != x || x == 0.0f || bits == 0x7f800000u) return x;
  if (bits >> 31) return kedge_float(0x7fc00000u);
  int32_t exponent = (int32_t)(bits >> 23);
  uint64_t mantissa = bits & 0x7fffffu;
  if (exponent == 0) {
    exponent = 1;
    while (!(mantissa >> 23)) mantissa <<= 1, exponent--;
  }
  mantissa |= 0x800000u;
  exponent -= 127;
  if (exponent & 1) mantissa <<= 1, exponent--;
  /* root = floor(√(mantissa · 2²⁵)): 24 bits and one for rounding. A square root is no tie. */
  const uint64_t square = mantissa << 25;
  uint64_t root = 0;
  for (int32_t bit = 24; bit >= 0; bit--) {
    const uint64_t next = root | ((uint64_t)1 << bit);
    if (next * next <= square) root = next;
  }
  const uint32_t rounded = (uint32_t)((root + 1) >> 1);
  return kedge_float(((uint32_t)(exponent / 2 + 126) << 23) + rounded);
#endif
}

/* @section kedge_floor: kedge_abs kedge_half_even kedge_bits kedge_float */
/* Integers from 2²³ on are kept; the sign of a zero too. */
static float kedge_floor(float x) {
  if (!(kedge_abs(x) < 4194304.0f)) {
    if (!(kedge_abs(x) < 8388608.0f)) return x;
    const float whole = (float)(int32_t)x;
    return whole > x ? whole - 1.0f : whole;
  }
  float y = kedge_half_even(x);
  y = y > x ? y - 1.0f : y;
  return kedge_float(kedge_bits(y) | (kedge_bits(x) & 0x80000000u));
}

/* @section kedge_ceil: kedge_floor kedge_neg */
static float kedge_ceil(float x) { return kedge_neg(kedge_floor(kedge_neg(x))); }

/* @section kedge_pow: kedge_exp kedge_log kedge_neg kedge_abs kedge_sqrt kedge_floor */
static float kedge_pow(float a, float b) {
  if (b == 2.0f) return a * a;
  if (b == 3.0f) return a * a * a;
  if (b == 1.0f) return a;
  if (b == 0.0f) return 1.0f;
  if (b == 0.5f) return kedge_sqrt(a);
  if (b == -1.0f) return 1.0f / a;
  const int whole = kedge_floor(b) == b;
  if (a < 0.0f && !whole) return kedge_float(0x7fc00000u);
  const float y = kedge_exp(b * kedge_log(kedge_abs(a)));
  const int odd = kedge_floor(b * 0.5f) != b * 0.5f;
  return a < 0.0f && odd ? kedge_neg(y) : y;
}
