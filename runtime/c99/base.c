/*
 * What every kernel stands on.
 *
 * The files of this folder are cut into sections, each of which starts with a marker line that
 * names it and the sections it needs. The emitter takes the sections that a model uses, in an
 * order in which everything stands before its use, into one file (converters/targets/mcu/
 * kernel_source.ts). C99, no allocation, nothing from libc but memcpy and memset, which the
 * emitter's includes <stdint.h> and <string.h> declare. Compile with -ffp-contract=off.
 *
 * Layout is NHWC. Whoever calls has checked all shapes (runtime/format/shape_rules.ts), so kernels
 * check nothing. The bits are those of runtime/reference/.
 */

/* @section kedge_inline: */
#if defined(__GNUC__)
#define KEDGE_INLINE static inline __attribute__((always_inline, unused))
#else
#define KEDGE_INLINE static inline
#endif

/* @section kedge_move4: */
/* Four bytes from or to any address: one instruction where the core can, also in builds that take
 * memcpy for any other function (-ffreestanding). */
#if defined(__GNUC__)
#define KEDGE_MOVE4(to, from) __builtin_memcpy(to, from, 4)
#else
#define KEDGE_MOVE4(to, from) memcpy(to, from, 4)
#endif

/* @section kedge_noinline: */
#if defined(__GNUC__)
#define KEDGE_NOINLINE __attribute__((noinline))
#else
#define KEDGE_NOINLINE
#endif

/* @section kedge_dsp: kedge_inline */
/* Cortex-M4, M7 and the like: two 16-bit products per instruction (SMLAD). */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && !defined(__ARM_FEATURE_MVE) && \
    !defined(KEDGE_PORTABLE)
#define KEDGE_DSP 1
/* Bytes 0 and 2 of w as two int16. */
KEDGE_INLINE int32_t kedge_sxtb16(int32_t w) {
  int32_t out;
  __asm__("sxtb16 %0, %1" : "=r"(out) : "r"(w));
  return out;
}
/* Bytes 1 and 3 of w as two int16. */
KEDGE_INLINE int32_t kedge_sxtb16_ror8(int32_t w) {
  int32_t out;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(out) : "r"(w));
  return out;
}
/* acc + a.low · b.low + a.high · b.high of int16 pairs. */
KEDGE_INLINE int32_t kedge_smlad(int32_t a, int32_t b, int32_t acc) {
  int32_t out;
  __asm__("smlad %0, %1, %2, %3" : "=r"(out) : "r"(a), "r"(b), "r"(acc));
  return out;
}
/* a.low and b.low as one pair. */
KEDGE_INLINE int32_t kedge_pkhbt(int32_t a, int32_t b) {
  int32_t out;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(out) : "r"(a), "r"(b));
  return out;
}
/* a.high and b.high as one pair. */
KEDGE_INLINE int32_t kedge_pkhtb(int32_t a, int32_t b) {
  int32_t out;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(out) : "r"(b), "r"(a));
  return out;
}
/* acc + a.low · b.low. */
KEDGE_INLINE int32_t kedge_smlabb(int32_t a, int32_t b, int32_t acc) {
  int32_t out;
  __asm__("smlabb %0, %1, %2, %3" : "=r"(out) : "r"(a), "r"(b), "r"(acc));
  return out;
}
/* acc + a.high · b.high. */
KEDGE_INLINE int32_t kedge_smlatt(int32_t a, int32_t b, int32_t acc) {
  int32_t out;
  __asm__("smlatt %0, %1, %2, %3" : "=r"(out) : "r"(a), "r"(b), "r"(acc));
  return out;
}
#endif

/* @section kedge_mve: */
/* Cortex-M55 and the like: Helium vectors of 16 bytes, float lanes included. */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2) && !defined(KEDGE_PORTABLE)
#define KEDGE_MVE 1
#include <arm_mve.h>
#endif

/* @section kedge_load4: kedge_inline kedge_move4 */
/* Four bytes at any address, as one word. */
KEDGE_INLINE int32_t kedge_load4(const void *from) {
  int32_t word;
  KEDGE_MOVE4(&word, from);
  return word;
}

/* @section kedge_window: */
/* A window that slides over x[batch, height, width, depth] and gives y[batch, out_height,
 * out_width, channels]. Dilations and groups are 1 for pooling, groups for depthwise. */
typedef struct {
  uint16_t batch, height, width, depth;
  uint16_t out_height, out_width, channels;
  uint16_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
  uint16_t dilation_h, dilation_w, groups;
} kedge_window;

/* @section kedge_layer: kedge_dsp */
/* Multipliers in fixed point are read on some cores only. */
#if defined(KEDGE_DSP)
#define KEDGE_FIXED(values) values
#else
#define KEDGE_FIXED(values) 0
#endif
/* What turns the accumulators of a layer with int8 weights into its outputs. */
typedef struct {
  const int32_t *bias;     /* [channels], bias[c] − zx · Σ w[c]: the sums run over x itself */
  const float *multiplier; /* [channels], f32(weight scale × factor) */
  int16_t pad;             /* zx, the input's zero point: what stands in the padding */
  int16_t zero, min, max;  /* int8 output: zero point and bounds */
  float low, high;         /* float32 output: bounds */
  const int32_t *fixed;    /* multiplier · 2³⁶ where acc · that rounds to the same int8 for every acc
                              that the layer can reach, half up; negative where it does not */
} kedge_layer;
