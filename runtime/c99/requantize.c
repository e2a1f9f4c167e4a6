/*
 * From accumulators to output values: q = round half to even(f32(f32(acc) × multiplier)) + zero,
 * clamped to min … max; every operation is one of IEEE single precision (DESIGN.md §3,
 * runtime/reference/requantize.ts). Multipliers are positive and below 2⁹⁶.
 *
 * Chips without a floating-point unit compute the same bits with integers alone; the define
 * KEDGE_INTEGER asks for that on any chip.
 */

/* @section kedge_fpu: */
#if !defined(KEDGE_INTEGER) && \
    ((defined(__arm__) && !defined(__ARM_FP)) || (defined(__riscv) && !defined(__riscv_flen)))
#define KEDGE_INTEGER 1
#endif

/* @section kedge_bits: kedge_inline kedge_move4 */
/* The bits of a float32. */
KEDGE_INLINE uint32_t kedge_bits(float x) {
  uint32_t bits;
  KEDGE_MOVE4(&bits, &x);
  return bits;
}

/* @section kedge_round: kedge_inline kedge_bits */
/* x rounded half to even, plus zero, clamped; NaN gives min. Clamped first, |x| ≤ 255, so that
 * adding 1.5 · 2²³ leaves the rounded integer in the low bits. */
KEDGE_INLINE int32_t kedge_round(float x, int32_t zero, int32_t min, int32_t max) {
  const float low = (float)(min - zero), high = (float)(max - zero);
  float bounded = low < x ? x : low;
  bounded = high < bounded ? high : bounded;
  return (int32_t)(kedge_bits(bounded + 12582912.0f) - 0x4b400000u) + zero;
}

/* @section kedge_clamp: kedge_inline */
KEDGE_INLINE int32_t kedge_clamp(int32_t x, int32_t min, int32_t max) {
  x = x < min ? min : x;
  return max < x ? max : x;
}

/* @section kedge_shift_even: kedge_fpu */
#if defined(KEDGE_INTEGER)
/* value ÷ 2^shift rounded half to even, shift ≥ 0. */
static uint64_t kedge_shift_even(uint64_t value, int32_t shift) {
  if (shift <= 0) return value;
  if (shift > 62) return 0; /* callers have value < 2⁶¹ */
  const uint64_t down = value >> shift, rest = value & (((uint64_t)1 << shift) - 1);
  const uint64_t half = (uint64_t)1 << (shift - 1);
  return down + (rest > half || (rest == half && (down & 1)));
}
#endif

/* @section kedge_round24: kedge_shift_even */
#if defined(KEDGE_INTEGER)
/* value rounded half to even to 24 significant bits, as float32 rounds; value < 2⁶¹. */
static uint64_t kedge_round24(uint64_t value) {
  int32_t drop = 0;
  while (value >> drop >> 24) drop++;
  return kedge_shift_even(value, drop) << drop;
}
#endif

/* @section kedge_scale_slow: kedge_noinline kedge_round24 kedge_shift_even kedge_bits kedge_clamp */
#if defined(KEDGE_INTEGER)
/* kedge_scale for every accumulator and multiplier. */
static KEDGE_NOINLINE int32_t kedge_scale_slow(int32_t acc, float multiplier, int32_t zero,
                                               int32_t min, int32_t max) {
  const uint32_t bits = kedge_bits(multiplier);
  const int32_t shift = 150 - (int32_t)(bits >> 23);
  const uint64_t size = acc < 0 ? 0u - (uint32_t)acc : (uint32_t)acc;
  uint64_t scaled = 0; /* and so for subnormal multipliers: below 2³¹ · 2⁻¹²⁶ */
  if (bits >> 23) {
    scaled = kedge_round24(kedge_round24(size) * ((bits & 0x7fffffu) | 0x800000u));
    if (shift >= 0) {
      scaled = kedge_shift_even(scaled, shift);
    } else if (scaled) {
      scaled = 1023;
    }
  }
  const int32_t bounded = scaled > 1023 ? 1023 : (int32_t)scaled;
  return kedge_clamp((acc < 0 ? -bounded : bounded) + zero, min, max);
}
#endif

/* @section kedge_scale: kedge_fpu kedge_inline kedge_dsp kedge_bits kedge_scale_slow kedge_clamp kedge_round */
/* The requantized value of an accumulator. */
#if defined(KEDGE_INTEGER)
/* The product is kept with 22 bits below the point. Rounding it to 24 significant bits first, as
 * float32 does, matters only within 2⁻¹⁶ of a tie: values up to 511 have 15 bits or more there. */
static KEDGE_NOINLINE int32_t kedge_scale(int32_t acc, float multiplier, int32_t zero,
                                          int32_t min, int32_t max) {
  const uint32_t bits = kedge_bits(multiplier);
  const uint32_t size = acc < 0 ? 0u - (uint32_t)acc : (uint32_t)acc;
  const uint32_t cut = 128u - (bits >> 23); /* bits of the product that are not kept */
  if (size >> 24 || cut - 1u > 30u) return kedge_scale_slow(acc, multiplier, zero, min, max);
  const uint64_t product = (uint64_t)size * ((bits & 0x7fffffu) | 0x800000u);
  const uint32_t high = (uint32_t)(product >> 32);
  int32_t scaled = 1023; /* where it is 512 or more */
  if (!(high >> (cut - 1))) {
    const uint32_t fixed = (high << (32 - cut)) | ((uint32_t)product >> cut);
    if ((fixed & 0x3fffffu) - (0x200000u - 66u) <= 132u) {
      return kedge_scale_slow(acc, multiplier, zero, min, max);
    }
    scaled = (int32_t)((fixed + 0x200000u) >> 22);
  }
  return kedge_clamp((acc < 0 ? -scaled : scaled) + zero, min, max);
}
#elif defined(KEDGE_DSP) && defined(__ARM_FP)
/* VCVTR rounds half to even and saturates. Bounds tighter than int8's come later (kedge_tighten). */
KEDGE_INLINE int32_t kedge_scale(int32_t acc, float multiplier, int32_t zero, int32_t min,
                                 int32_t max) {
  float rounded;
  int32_t out;
  (void)min, (void)max;
  __asm__("vcvtr.s32.f32 %0, %1" : "=t"(rounded) : "t"((float)acc * multiplier));
  __asm__("qadd %0, %1, %2" : "=r"(out) : "r"((int32_t)kedge_bits(rounded)), "r"(zero));
  __asm__("ssat %0, #8, %1" : "=r"(out) : "r"(out));
  return out;
}
#else
KEDGE_INLINE int32_t kedge_scale(int32_t acc, float multiplier, int32_t zero, int32_t min,
                                 int32_t max) {
  return kedge_round((float)acc * multiplier, zero, min, max);
}
#endif

/* @section kedge_round4: */
/* In registers a, b, c, d of Arm: sums times multipliers in m0 … m3, rounded half to even, plus zero,
 * saturated to int8. Leaves something in s0 to s3. */
#define KEDGE_ROUND4(a, b, c, d, m0, m1, m2, m3, zero) \
  "vmov s0, s1, " a ", " b "\n\t" \
  "vmov s2, s3, " c ", " d "\n\t" \
  "vcvt.f32.s32 s0, s0\n\t" \
  "vcvt.f32.s32 s1, s1\n\t" \
  "vcvt.f32.s32 s2, s2\n\t" \
  "vcvt.f32.s32 s3, s3\n\t" \
  "vmul.f32 s0, s0, " m0 "\n\t" \
  "vmul.f32 s1, s1, " m1 "\n\t" \
  "vmul.f32 s2, s2, " m2 "\n\t" \
  "vmul.f32 s3, s3, " m3 "\n\t" \
  "vcvtr.s32.f32 s0, s0\n\t" \
  "vcvtr.s32.f32 s1, s1\n\t" \
  "vcvtr.s32.f32 s2, s2\n\t" \
  "vcvtr.s32.f32 s3, s3\n\t" \
  "vmov " a ", " b ", s0, s1\n\t" \
  "vmov " c ", " d ", s2, s3\n\t" \
  "qadd " a ", " a ", " zero "\n\t" \
  "qadd " b ", " b ", " zero "\n\t" \
  "qadd " c ", " c ", " zero "\n\t" \
  "qadd " d ", " d ", " zero "\n\t" \
  "ssat " a ", #8, " a "\n\t" \
  "ssat " b ", #8, " b "\n\t" \
  "ssat " c ", #8, " c "\n\t" \
  "ssat " d ", #8, " d "\n\t"

/* @section kedge_scale4: kedge_inline kedge_fpu kedge_dsp kedge_scale kedge_round4 */
/* kedge_scale of four accumulators, in place. */
#if !defined(KEDGE_INTEGER) && defined(KEDGE_DSP) && defined(__ARM_FP)
KEDGE_INLINE void kedge_scale4(int32_t *sum, float m0, float m1, float m2, float m3, int32_t zero,
                               int32_t min, int32_t max) {
  int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
  (void)min, (void)max;
  __asm__(KEDGE_ROUND4("%[a]", "%[b]", "%[c]", "%[d]", "%[m0]", "%[m1]", "%[m2]", "%[m3]",
                       "%[zero]")
          : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d)
          : [m0] "t"(m0), [m1] "t"(m1), [m2] "t"(m2), [m3] "t"(m3), [zero] "r"(zero)
          : "s0", "s1", "s2", "s3");
  sum[0] = a, sum[1] = b, sum[2] = c, sum[3] = d;
}
#else
KEDGE_INLINE void kedge_scale4(int32_t *sum, float m0, float m1, float m2, float m3, int32_t zero,
                               int32_t min, int32_t max) {
  sum[0] = kedge_scale(sum[0], m0, zero, min, max);
  sum[1] = kedge_scale(sum[1], m1, zero, min, max);
  sum[2] = kedge_scale(sum[2], m2, zero, min, max);
  sum[3] = kedge_scale(sum[3], m3, zero, min, max);
}
#endif

/* @section kedge_tighten: kedge_inline kedge_fpu kedge_dsp kedge_mve kedge_clamp */
/* What fast kernels leave undone: clamps `count` outputs to bounds tighter than int8's. */
#if defined(KEDGE_DSP) || defined(KEDGE_MVE)
static void kedge_tighten(int8_t *y, int32_t count, int32_t min, int32_t max) {
  if (min == -128 && max == 127) return;
  for (int32_t i = 0; i < count; i++) y[i] = (int8_t)kedge_clamp(y[i], min, max);
}
#else
KEDGE_INLINE void kedge_tighten(int8_t *y, int32_t count, int32_t min, int32_t max) {
  (void)y, (void)count, (void)min, (void)max;
}
#endif

/* @section kedge_clampf: kedge_inline */
/* max(low, x) then min(high, ·); NaN gives low. */
KEDGE_INLINE float kedge_clampf(float x, float low, float high) {
  const float bounded = low < x ? x : low;
  return high < bounded ? high : bounded;
}

/* @section kedge_put: kedge_inline kedge_layer kedge_scale kedge_tighten kedge_clampf */
/* Stores an output at y[at]; `real` is a constant at every use. */
KEDGE_INLINE void kedge_put(int32_t acc, float multiplier, int32_t zero, const kedge_layer *q,
                            void *y, int32_t at, int real) {
  if (real) {
    ((float *)y)[at] = kedge_clampf((float)acc * multiplier, q->low, q->high);
  } else {
    ((int8_t *)y)[at] = (int8_t)kedge_scale(acc, multiplier, zero, q->min, q->max);
  }
}

/* Ends a layer of `count` outputs. */
KEDGE_INLINE void kedge_finish(const kedge_layer *q, void *y, int32_t count, int real) {
  if (!real) kedge_tighten((int8_t *)y, count, q->min, q->max);
}

/* @section kedge_put4: kedge_inline kedge_put kedge_scale4 */
/* Stores four outputs: y0[at0], y0[at1], y1[at0], y1[at1]; those of y0 last, as an odd pixel at
 * the end has y1 = y0 and nothing of its own there. */
KEDGE_INLINE void kedge_put4(int32_t *sum, float m0, float m1, float m2, float m3, int32_t zero,
                             const kedge_layer *q, void *y0, void *y1, int32_t at0, int32_t at1,
                             int real) {
  if (real) {
    kedge_put(sum[2], m2, zero, q, y1, at0, real);
    kedge_put(sum[3], m3, zero, q, y1, at1, real);
    kedge_put(sum[0], m0, zero, q, y0, at0, real);
    kedge_put(sum[1], m1, zero, q, y0, at1, real);
  } else {
    int8_t *to0 = (int8_t *)y0, *to1 = (int8_t *)y1;
    kedge_scale4(sum, m0, m1, m2, m3, zero, q->min, q->max);
    to1[at0] = (int8_t)sum[2];
    to1[at1] = (int8_t)sum[3];
    to0[at0] = (int8_t)sum[0];
    to0[at1] = (int8_t)sum[1];
  }
}
