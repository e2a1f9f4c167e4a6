/*
 * DepthwiseConv2D with int8 weights on Helium: 16 channels at a time, or a few of each of some
 * pixels side by side.
 */

/* @section kedge_lanes: kedge_mve */
#if defined(KEDGE_MVE)
/* What belongs to 16 lanes, where a layer has fewer channels than that. */
typedef struct {
  int32_t bias[16];
  float multiplier[16];
} kedge_lanes;
#endif

/* @section kedge_taps16: kedge_inline kedge_mve kedge_layer kedge_taps_job kedge_lanes */
#if defined(KEDGE_MVE)
/* The same for the assembly below, which knows the places of the fields. */
typedef struct {
  const int32_t *bias;
  const float *multiplier;
  int32_t zero, lanes, pairs, rest; /* taps in pairs, and one by one */
} kedge_taps16_job;

/* Sums of even lanes (q2) and odd lanes (q0) from int16 to int32: lanes 0, 4, 8, 12 in q4, then 1,
 * 5, … in q5, and so on; narrowing brings them back in order. */
#define KEDGE_ADD16 \
  "vmovlb.s16 q1, q2\n\t" \
  "vadd.i32 q4, q4, q1\n\t" \
  "vmovlt.s16 q1, q2\n\t" \
  "vadd.i32 q6, q6, q1\n\t" \
  "vmovlb.s16 q1, q0\n\t" \
  "vadd.i32 q5, q5, q1\n\t" \
  "vmovlt.s16 q1, q0\n\t" \
  "vadd.i32 q7, q7, q1\n\t"
#define KEDGE_LOAD16 \
  "add %[a], %[a], %[shift]\n\t" \
  "vpstt\n\t" \
  "vldrbt.8 q0, [%[a]]\n\t" \
  "vldrbt.8 q1, [%[w]]\n\t" \
  "vmullb.s8 q2, q0, q1\n\t" \
  "vmullt.s8 q0, q0, q1\n\t" \
  "add %[w], %[w], %[step]\n\t"
#define KEDGE_SCALE16 \
  "vcvt.f32.s32 q4, q4\n\t" \
  "vcvt.f32.s32 q5, q5\n\t" \
  "vcvt.f32.s32 q6, q6\n\t" \
  "vcvt.f32.s32 q7, q7\n\t" \
  "vmul.f32 q4, q4, q0\n\t" \
  "vmul.f32 q5, q5, q1\n\t" \
  "vmul.f32 q6, q6, q2\n\t" \
  "vmul.f32 q7, q7, q3\n\t" \
  "vcvtn.s32.f32 q4, q4\n\t" \
  "vcvtn.s32.f32 q5, q5\n\t" \
  "vcvtn.s32.f32 q6, q6\n\t" \
  "vcvtn.s32.f32 q7, q7\n\t" \
  "vqmovnb.s32 q4, q4\n\t" \
  "vqmovnb.s32 q5, q5\n\t" \
  "vqmovnt.s32 q4, q6\n\t" \
  "vqmovnt.s32 q5, q7\n\t"
/* Lanes from `shift` on. Vectors flush subnormal values to zero, which end as zero here anyway. */
KEDGE_INLINE void kedge_taps16(const int8_t *const *tap, int32_t shift, const int8_t *w,
                               int32_t step, const kedge_taps16_job *job, int8_t *y) {
  const int8_t *a, *b;
  __asm__ volatile(
      "ldrd %[a], %[b], [%[t], #8]\n\t"
      "vctp.8 %[b]\n\t"
      "ldrd %[a], %[b], [%[t]]\n\t"
      "vld40.32 {q4, q5, q6, q7}, [%[a]]\n\t"
      "vld41.32 {q4, q5, q6, q7}, [%[a]]\n\t"
      "vld42.32 {q4, q5, q6, q7}, [%[a]]\n\t"
      "vld43.32 {q4, q5, q6, q7}, [%[a]]\n\t"
      "ldr %[a], [%[t], #16]\n\t"
      "wls lr, %[a], 2f\n"
      "1:\n\t"
      "ldrd %[a], %[b], [%[tap]], #8\n\t" KEDGE_LOAD16
      "add %[b], %[b], %[shift]\n\t"
      "vpstt\n\t"
      "vldrbt.8 q1, [%[b]]\n\t"
      "vldrbt.8 q3, [%[w]]\n\t"
      "vmullb.s8 q3, q1, q3\n\t"
      "vadd.i16 q2, q2, q3\n\t"
      "vpst\n\t"
      "vldrbt.8 q3, [%[w]]\n\t"
      "vmullt.s8 q1, q1, q3\n\t"
      "vadd.i16 q0, q0, q1\n\t"
      "add %[w], %[w], %[step]\n\t" KEDGE_ADD16
      "le lr, 1b\n"
      "2:\n\t"
      "ldr %[a], [%[t], #20]\n\t"
      "wls lr, %[a], 4f\n"
      "3:\n\t"
      "ldr %[a], [%[tap]], #4\n\t" KEDGE_LOAD16 KEDGE_ADD16
      "le lr, 3b\n"
      "4:\n\t"
      "ldrd %[a], %[b], [%[t], #4]\n\t"
      "vld40.32 {q0, q1, q2, q3}, [%[a]]\n\t"
      "vld41.32 {q0, q1, q2, q3}, [%[a]]\n\t"
      "vld42.32 {q0, q1, q2, q3}, [%[a]]\n\t"
      "vld43.32 {q0, q1, q2, q3}, [%[a]]\n\t" KEDGE_SCALE16
      "vqadd.s16 q4, q4, %[b]\n\t"
      "vqadd.s16 q5, q5, %[b]\n\t"
      "vqmovnb.s16 q4, q4\n\t"
      "vqmovnt.s16 q4, q5\n\t"
      "vpst\n\t"
      "vstrbt.8 q4, [%[y]]"
      : [tap] "+r"(tap), [w] "+r"(w), [a] "=&r"(a), [b] "=&r"(b)
      : [t] "r"(job), [shift] "r"(shift), [step] "r"(step), [y] "r"(y)
      : "cc", "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory");
}

/* Whether a few pixels' channels fill a vector. */
KEDGE_INLINE int kedge_few_channels(int32_t channels) {
  return channels < 16 && !(channels & (channels - 1));
}

/* Makes lanes of fewer than 16 channels, and their weights 16 apart, again and again. */
static void kedge_fill_lanes(kedge_lanes *lanes, int8_t *weights, const int8_t *w,
                             const kedge_layer *q, int32_t count, int32_t channels) {
  for (int32_t i = 0, c = 0; i < 16; i++, c = c + 1 < channels ? c + 1 : 0) {
    lanes->bias[i] = q->bias[c];
    lanes->multiplier[i] = q->multiplier[c];
    for (int32_t t = 0; t < count; t++) weights[16 * t + i] = w[t * channels + c];
  }
}

/* Pairs of products that fit into int16. */
static int32_t kedge_pairs_of_taps(const int8_t *w, int32_t count, int32_t channels) {
  for (int32_t i = count * channels; i > 0; i -= 16, w += 16) {
    const mve_pred16_t there = vctp8q((uint32_t)i);
    if (vcmpeqq_m_n_s8(vldrbq_z_s8(w, there), -128, there)) return 0;
  }
  return count >> 1;
}

/* All channels of all pixels; the last 16 overlap those before. */
static void kedge_taps_vectors(const kedge_taps_job *job, const kedge_layer *q) {
  const int32_t channels = job->channels;
  int8_t *y = (int8_t *)job->y;
  kedge_taps16_job part = {q->bias, q->multiplier, q->zero, 16, job->pairs,
                           job->count - 2 * job->pairs};
  if (job->lanes) {
    const int32_t together = kedge_few_channels(channels) && job->step == channels;
    const int32_t pixels = together ? 1 : job->pixels;
    const int32_t all = together ? job->pixels * channels : channels;
    part.bias = job->lanes->bias, part.multiplier = job->lanes->multiplier;
    for (int32_t p = 0; p < pixels; p++, y += channels) {
      for (int32_t at = 0; at < all; at += 16) {
        part.lanes = all - at < 16 ? all - at : 16;
        kedge_taps16(job->taps, p * job->step + at, job->repeated, 16, &part, y + at);
      }
    }
    return;
  }
  for (int32_t p = 0; p < job->pixels; p++, y += channels) {
    for (int32_t c = 0; c < channels; c += 16) {
      if (c + 16 > channels) c = channels - 16;
      part.bias = q->bias + c, part.multiplier = q->multiplier + c;
      kedge_taps16(job->taps, p * job->step + c, job->w + c, channels, &part, y + c);
    }
  }
}
#endif
