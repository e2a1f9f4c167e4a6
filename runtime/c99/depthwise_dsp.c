/*
 * DepthwiseConv2D with int8 weights on Cortex-M4, M7 and the like, four channels at a time.
 */

/* @section kedge_taps4_dsp: kedge_inline kedge_dsp kedge_load4 kedge_taps_job kedge_put4 */
#if defined(KEDGE_DSP)
/* Four channels from c on of all pixels, any window. */
KEDGE_INLINE void kedge_taps4(const kedge_taps_job *job, const kedge_layer *q, int32_t c,
                              int real) {
  const int32_t channels = job->channels, zero = q->zero;
  const int32_t *bias = q->bias + c;
  const float m0 = q->multiplier[c], m1 = q->multiplier[c + 1], m2 = q->multiplier[c + 2],
              m3 = q->multiplier[c + 3];
  int32_t shift = c;
  int8_t *y = (int8_t *)job->y + c * (real ? 4 : 1);
  for (int32_t p = job->pixels; p > 0; p--) {
    const int8_t *const *tap = job->taps;
    const int8_t *at = job->w + c;
    int32_t sum0 = bias[0], sum1 = bias[1], sum2 = bias[2], sum3 = bias[3];
    for (int32_t left = job->count; left > 0; left--, at += channels) {
      const int32_t u = kedge_load4(*tap++ + shift), v = kedge_load4(at);
      const int32_t s = kedge_sxtb16(u), t = kedge_sxtb16(v);
      sum0 = kedge_smlabb(s, t, sum0), sum2 = kedge_smlatt(s, t, sum2);
      const int32_t k = kedge_sxtb16_ror8(u), l = kedge_sxtb16_ror8(v);
      sum1 = kedge_smlabb(k, l, sum1), sum3 = kedge_smlatt(k, l, sum3);
    }
    int32_t sum[4] = {sum0, sum1, sum2, sum3};
    kedge_put4(sum, m0, m1, m2, m3, zero, q, y, y + 2 * (real ? 4 : 1), 0, 1, real);
    shift += job->step;
    y += channels * (real ? 4 : 1);
  }
}
#endif

/* @section kedge_column: kedge_inline kedge_dsp kedge_load4 */
#if defined(KEDGE_DSP)
/* Three cells of a column, four channels each, as int16 pairs: (row 0, row 1) of channels 0 and 2,
 * row 2 of both, then the same of channels 1 and 3. Gives the place behind. */
KEDGE_INLINE int32_t *kedge_column(int32_t *to, int32_t row0, int32_t row1, int32_t row2) {
  const int32_t a = kedge_sxtb16(row0), b = kedge_sxtb16(row1);
  to[0] = kedge_pkhbt(a, b);
  to[1] = kedge_pkhtb(a, b);
  to[2] = kedge_sxtb16(row2);
  const int32_t c = kedge_sxtb16_ror8(row0), d = kedge_sxtb16_ror8(row1);
  to[3] = kedge_pkhbt(c, d);
  to[4] = kedge_pkhtb(c, d);
  to[5] = kedge_sxtb16_ror8(row2);
  return to + 6;
}

/* Weights of all groups of four channels, 18 words each; the last four channels overlap those
 * before. Gives the place behind. */
static int32_t *kedge_unpack_columns(const int8_t *w, int32_t channels, int32_t *to) {
  for (int32_t c = 0; c < channels; c += 4) {
    const int8_t *at = w + (c < channels - 4 ? c : channels - 4);
    for (int32_t k = 0; k < 3; k++, at += channels) {
      to = kedge_column(to, kedge_load4(at), kedge_load4(at + 3 * channels),
                        kedge_load4(at + 6 * channels));
    }
  }
  return to;
}

/* Columns of the windows of row oy, four channels from c on: each is unpacked once, for all windows
 * that share it. */
static void kedge_load_columns(const int8_t *x, int32_t *to, const kedge_window *d, int32_t pad,
                               int32_t oy, int32_t c) {
  const int32_t channels = d->channels, width = d->width, top = oy * d->stride_h - d->pad_top;
  const int32_t end = (d->out_width - 1) * d->stride_w + 3 - d->pad_left;
  const int32_t padding = (pad & 0xff) * 0x01010101;
  const int8_t *row[3];
  int32_t step[3], i = -(int32_t)d->pad_left;
  for (int32_t k = 0; k < 3; k++) {
    const int inside = top + k >= 0 && top + k < d->height;
    row[k] = inside ? x + (top + k) * width * channels + c : (const int8_t *)&padding;
    step[k] = inside ? channels : 0;
  }
  for (; i < 0; i++) to = kedge_column(to, padding, padding, padding);
  const int8_t *row0 = row[0], *row1 = row[1], *row2 = row[2];
  for (int32_t inside = end < width ? end : width; i < inside; i++) {
    to = kedge_column(to, kedge_load4(row0), kedge_load4(row1), kedge_load4(row2));
    row0 += step[0], row1 += step[1], row2 += step[2];
  }
  for (; i < end; i++) to = kedge_column(to, padding, padding, padding);
}
#endif

/* @section kedge_columns_job: kedge_dsp kedge_round4 */
#if defined(KEDGE_DSP)
/* Four channels of a row of outputs. The assembly knows these places, a word each. */
typedef struct {
  int32_t bias[4], fixed[4], offset; /* the zero point and a half, 4 bits below the point */
  const int32_t *w;
  int32_t step, channels; /* bytes from a window's last column to the next one's first */
  const int32_t *x;
  int8_t *y;
  int32_t count;
  float multiplier[4];
} kedge_columns_job;

/* Rounds sums as float32, multipliers in s4 to s7; without floating point kedge_columns_slow does. */
#if defined(__ARM_FP)
#define KEDGE_LOAD_MULTIPLIERS "add r1, r0, #12\n\tvldmia r1, {s4-s7}\n\t"
#define KEDGE_ROUND_COLUMN \
  "3:\n\t" \
  "asrs r9, r9, #4\n\t" \
  KEDGE_ROUND4("r2", "r3", "r11", "r12", "s4", "s5", "s6", "s7", "r9") \
  "b 2b"
#define KEDGE_COLUMNS_IN_C 0
#else
#define KEDGE_COLUMNS_IN_C 1
#define KEDGE_LOAD_MULTIPLIERS ""
#define KEDGE_ROUND_COLUMN "3:"
#endif

/* One column of x (r0) with one of w (r1); sums in r2, r3, r11, r12. */
#define KEDGE_COLUMN \
  "ldmia r0!, {r4, r5, r6}\n\t" \
  "ldmia r1!, {r8, r9, r10}\n\t" \
  "smlad r2, r4, r8, r2\n\t" \
  "smlad r11, r5, r9, r11\n\t" \
  "smlabb r2, r6, r10, r2\n\t" \
  "smlatt r11, r6, r10, r11\n\t" \
  "ldmia r0!, {r4, r5, r6}\n\t" \
  "ldmia r1!, {r8, r9, r10}\n\t" \
  "smlad r3, r4, r8, r3\n\t" \
  "smlad r12, r5, r9, r12\n\t" \
  "smlabb r3, r6, r10, r3\n\t" \
  "smlatt r12, r6, r10, r12\n\t"
/* Makes a job's outputs, rounded in fixed point unless the first of `fixed` is negative. */
__attribute__((naked, noinline)) static void kedge_columns_run(
    const kedge_columns_job *job __attribute__((unused))) {
  __asm__(
      "push {r4-r11, lr}\n\t"
      "sub sp, sp, #52\n\t"
      "ldmia r0!, {r1-r12}\n\t"
      "stmia sp, {r1-r12}\n\t"
      KEDGE_LOAD_MULTIPLIERS
      "ldmia r0, {r0, r7, lr}\n"
      "1:\n\t"
      "ldmia sp, {r2, r3, r11, r12}\n\t"
      "ldr r1, [sp, #36]\n\t" KEDGE_COLUMN KEDGE_COLUMN KEDGE_COLUMN
      "add r4, sp, #16\n\t"
      "ldmia r4, {r4, r5, r6, r8, r9}\n\t"
      "cmp r4, #0\n\t"
      "bmi 3f\n\t"
      "smmla r2, r2, r4, r9\n\t"
      "smmla r3, r3, r5, r9\n\t"
      "smmla r11, r11, r6, r9\n\t"
      "smmla r12, r12, r8, r9\n\t"
      "ssat r2, #8, r2, asr #4\n\t"
      "ssat r3, #8, r3, asr #4\n\t"
      "ssat r11, #8, r11, asr #4\n\t"
      "ssat r12, #8, r12, asr #4\n"
      "2:\n\t"
      "ldrd r8, r9, [sp, #40]\n\t"
      "strb r2, [r7]\n\t"
      "strb r3, [r7, #1]\n\t"
      "strb r11, [r7, #2]\n\t"
      "strb r12, [r7, #3]\n\t"
      "add r0, r0, r8\n\t"
      "add r7, r7, r9\n\t"
      "subs lr, lr, #1\n\t"
      "bne 1b\n\t"
      "add sp, sp, #52\n\t"
      "pop {r4-r11, pc}\n" KEDGE_ROUND_COLUMN);
}
#endif

/* @section kedge_columns: kedge_column kedge_columns_job kedge_noinline kedge_window kedge_put4 */
#if defined(KEDGE_DSP)
/* The same in C, rounded as float32; `width` is the bytes of one output. */
static void kedge_columns_slow(const kedge_columns_job *job, const kedge_layer *q, int32_t width) {
  const float m0 = job->multiplier[0], m1 = job->multiplier[1], m2 = job->multiplier[2],
              m3 = job->multiplier[3];
  const int32_t *at = job->x;
  int8_t *y = job->y;
  for (int32_t n = job->count; n > 0; n--, y += job->channels) {
    const int32_t *w = job->w;
    int32_t sum[4] = {job->bias[0], job->bias[1], job->bias[2], job->bias[3]};
    for (const int32_t *stop = w + 18; w < stop; w += 6, at += 6) {
      sum[0] = kedge_smlabb(at[2], w[2], kedge_smlad(at[0], w[0], sum[0]));
      sum[2] = kedge_smlatt(at[2], w[2], kedge_smlad(at[1], w[1], sum[2]));
      sum[1] = kedge_smlabb(at[5], w[5], kedge_smlad(at[3], w[3], sum[1]));
      sum[3] = kedge_smlatt(at[5], w[5], kedge_smlad(at[4], w[4], sum[3]));
    }
    at = (const int32_t *)(const void *)((const int8_t *)at + job->step);
    kedge_put4(sum, m0, m1, m2, m3, q->zero, q, y, y + 2 * width, 0, 1, width > 1);
  }
}

/* All channels of all windows of 3 × 3; scratch as in depthwise_int8.c. */
static KEDGE_NOINLINE void kedge_columns(const int8_t *x, const int8_t *weights,
                                         const kedge_layer *q, int8_t *y, int32_t *scratch,
                                         const kedge_window *d, int32_t width) {
  const int32_t channels = d->channels, last = channels - 4;
  int32_t *columns = kedge_unpack_columns(weights, channels, scratch);
  kedge_columns_job job = {.offset = q->zero * 16 + 8, .step = 24 * d->stride_w - 72,
                           .channels = channels * width, .x = columns, .count = d->out_width};
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * channels) {
    for (int32_t oy = 0; oy < d->out_height; oy++, y += d->out_width * channels * width) {
      job.w = scratch;
      for (int32_t at = 0; at < channels; at += 4, job.w += 18) {
        const int32_t c = at < last ? at : last;
        kedge_load_columns(x, columns, d, q->pad, oy, c);
        job.y = y + c * width;
        int32_t any = 0;
        for (int32_t k = 0; k < 4; k++) {
          job.bias[k] = q->bias[c + k];
          job.multiplier[k] = q->multiplier[c + k];
          job.fixed[k] = width > 1 ? 0 : q->fixed[c + k];
          any |= job.fixed[k];
        }
        if (any < 0) job.fixed[0] = -1;
        if (width > 1 || (KEDGE_COLUMNS_IN_C && any < 0)) {
          kedge_columns_slow(&job, q, width);
        } else {
          kedge_columns_run(&job);
        }
      }
    }
  }
}
#endif
