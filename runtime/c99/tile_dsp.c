/*
 * Conv2D with int8 weights on Cortex-M4, M7 and the like: two pixels with two channels at a time,
 * two products an instruction.
 *
 * The loop needs every register and no frame, so it is a function of assembly alone.
 */

/* @section kedge_pair_job: kedge_dsp kedge_layer */
#if defined(KEDGE_DSP)
/* Two pixels and two or more channels. The assembly knows these places, a word each. */
typedef struct {
  const int8_t *x;       /* patches of both pixels: words of int16 pairs, in turns */
  int32_t steps;         /* of four products */
  const int32_t *fixed;  /* of the first channel; as bias */
  int32_t offset;        /* the zero point and a half, 4 bits below the point */
  int8_t *y0, *y1;       /* y1 = y0 where there is one pixel */
  const int8_t *w;       /* rows of `pitch` bytes */
  int32_t pitch;
  const int32_t *bias, *last; /* of the first channel, and of the last but one */
  void (*round)(int32_t *sums, const kedge_layer *q, const int32_t *bias);
  const kedge_layer *q;
} kedge_pair_job;
#endif

/* @section kedge_round_pair: kedge_pair_job kedge_scale4 kedge_round4 */
#if defined(KEDGE_DSP) && defined(__ARM_FP)
/* Rounds sums as float32: q in r12, the zero point in r9. */
#define KEDGE_ROUND_PAIR \
  "ldr r12, [sp, #44]\n\t" \
  "ldrd r10, r11, [r12]\n\t" \
  "sub r10, lr, r10\n\t" \
  "add r11, r11, r10\n\t" \
  "vldr s4, [r11, #-8]\n\t" \
  "vldr s5, [r11, #-4]\n\t" \
  "asrs r9, r9, #4\n\t" \
  KEDGE_ROUND4("r4", "r5", "r6", "r7", "s4", "s5", "s4", "s5", "r9")
#define kedge_round_pair 0
#elif defined(KEDGE_DSP)
/* The same without floating point: kedge_round_pair is called. */
#define KEDGE_ROUND_PAIR \
  "push {r1, r2, r4, r5, r6, r7, lr}\n\t" \
  "add r0, sp, #8\n\t" \
  "ldr r1, [sp, #72]\n\t" \
  "mov r2, lr\n\t" \
  "ldr r12, [sp, #68]\n\t" \
  "blx r12\n\t" \
  "pop {r1, r2, r4, r5, r6, r7, lr}\n\t"
/* Outputs of two pixels and of the two channels before `bias`. */
static void kedge_round_pair(int32_t *sums, const kedge_layer *q, const int32_t *bias) {
  const float *m = q->multiplier + (bias - q->bias);
  kedge_scale4(sums, m[-2], m[-1], m[-2], m[-1], q->zero, -128, 127);
}
#endif

/* @section kedge_pairs: kedge_pair_job kedge_round_pair */
#if defined(KEDGE_DSP)
/* x in r0, w in r1, its pitch in r2, sums in r4 (y0) to r7 (y1), bias in lr. */
#define KEDGE_STEP \
  "ldr r9, [r1, r2]\n\t" \
  "ldr r8, [r1], #4\n\t" \
  "ldrd r11, r12, [r0], #8\n\t" \
  "sxtb16 r10, r8\n\t" \
  "smlad r4, r11, r10, r4\n\t" \
  "smlad r6, r12, r10, r6\n\t" \
  "sxtb16 r10, r9\n\t" \
  "smlad r5, r11, r10, r5\n\t" \
  "smlad r7, r12, r10, r7\n\t" \
  "ldrd r11, r12, [r0], #8\n\t" \
  "sxtb16 r10, r8, ror #8\n\t" \
  "smlad r4, r11, r10, r4\n\t" \
  "smlad r6, r12, r10, r6\n\t" \
  "sxtb16 r10, r9, ror #8\n\t" \
  "smlad r5, r11, r10, r5\n\t" \
  "smlad r7, r12, r10, r7\n\t"
/* Makes all outputs of a job. Of y0 last, as a pixel alone has nothing of its own in y1; the last
 * two channels overlap those before where their number is odd. */
__attribute__((naked, noinline)) static void kedge_pairs(
    const kedge_pair_job *job __attribute__((unused))) {
  __asm__(
      "push {r4-r11, lr}\n\t"
      "ldmia r0, {r1-r12}\n\t"
      "push {r1-r12}\n\t"
      "mov r1, r7\n\t"
      "mov r2, r8\n\t"
      "mov lr, r9\n"
      "1:\n\t"
      "ldrd r0, r3, [sp]\n\t"
      "ldmia lr!, {r4, r5}\n\t"
      "lsrs r3, r3, #1\n\t"
      "mov r6, r4\n\t"
      "mov r7, r5\n\t"
      "bcc 2f\n\t" KEDGE_STEP
      "2:\n\t"
      "beq 4f\n"
      "3:\n\t" KEDGE_STEP KEDGE_STEP
      "subs r3, r3, #1\n\t"
      "bne 3b\n"
      "4:\n\t"
      "ldrd r8, r9, [sp, #8]\n\t"
      "ldrd r10, r11, [r8], #8\n\t"
      "str r8, [sp, #8]\n\t"
      "orrs r12, r10, r11\n\t"
      "bmi 6f\n\t"
      "smmla r4, r4, r10, r9\n\t"
      "smmla r5, r5, r11, r9\n\t"
      "smmla r6, r6, r10, r9\n\t"
      "smmla r7, r7, r11, r9\n\t"
      "ssat r4, #8, r4, asr #4\n\t"
      "ssat r5, #8, r5, asr #4\n\t"
      "ssat r6, #8, r6, asr #4\n\t"
      "ssat r7, #8, r7, asr #4\n"
      "5:\n\t"
      "ldrd r8, r9, [sp, #16]\n\t"
      "strb r6, [r9], #1\n\t"
      "strb r7, [r9], #1\n\t"
      "strb r4, [r8], #1\n\t"
      "strb r5, [r8], #1\n\t"
      "strd r8, r9, [sp, #16]\n\t"
      "ldr r12, [sp, #36]\n\t"
      "add r1, r1, r2\n\t"
      "cmp lr, r12\n\t"
      "bls 1b\n\t"
      "sub r0, lr, #8\n\t"
      "cmp r0, r12\n\t"
      "beq 7f\n\t"
      "ldr r0, [sp, #8]\n\t"
      "subs r8, r8, #1\n\t"
      "subs r9, r9, #1\n\t"
      "strd r8, r9, [sp, #16]\n\t"
      "subs r0, r0, #4\n\t"
      "str r0, [sp, #8]\n\t"
      "subs r1, r1, r2\n\t"
      "sub lr, lr, #4\n\t"
      "b 1b\n"
      "6:\n\t" KEDGE_ROUND_PAIR
      "b 5b\n"
      "7:\n\t"
      "add sp, sp, #48\n\t"
      "pop {r4-r11, pc}");
}
#endif

/* @section kedge_pair_slow: kedge_pair_job kedge_put */
#if defined(KEDGE_DSP)
/* All outputs of a job, one channel at a time; `width` is the bytes of one. */
static void kedge_pair_slow(const kedge_pair_job *job, int32_t channels, int32_t width) {
  const int8_t *w = job->w;
  const float *multiplier = job->q->multiplier + (job->bias - job->q->bias);
  for (int32_t c = 0; c < channels; c++) {
    const int32_t *x = (const int32_t *)(const void *)job->x;
    int32_t a = job->bias[c], b = a;
    for (int32_t n = job->steps; n > 0; n--, w += 4, x += 4) {
      const int32_t word = kedge_load4(w), even = kedge_sxtb16(word);
      const int32_t odd = kedge_sxtb16_ror8(word);
      a = kedge_smlad(x[2], odd, kedge_smlad(x[0], even, a));
      b = kedge_smlad(x[3], odd, kedge_smlad(x[1], even, b));
    }
    kedge_put(b, multiplier[c], job->q->zero, job->q, job->y1, c, width > 1);
    kedge_put(a, multiplier[c], job->q->zero, job->q, job->y0, c, width > 1);
  }
}
#endif
