/*
 * Conv2D with int8 weights on Helium: four channels at a time, 16 products an instruction. Vectors
 * flush subnormal values to zero, which end as zero here anyway.
 */

/* @section kedge_four: kedge_mve kedge_layer */
#if defined(KEDGE_MVE)
/* Four channels of some pixels; the assembly knows some places. */
typedef struct {
  const int8_t *x, *w;
  int8_t *y;
  int32_t pitch, size, pixels; /* bytes from row to row of w; products */
  int32_t step, bytes;         /* bytes from pixel to pixel of x and y */
  const int32_t *bias;
  const float *multiplier;
  int32_t zero;
} kedge_four;

/* Four sums in a, b, c, d become outputs at y; `next` is what can be done in between. */
#define KEDGE_STORE4(next) \
  "vmov q0[2], q0[0], %[a], %[c]\n\t" \
  "vmov q0[3], q0[1], %[b], %[d]\n\t" next \
  "vadd.i32 q0, q0, %q[bias]\n\t" \
  "vcvt.f32.s32 q0, q0\n\t" \
  "vmul.f32 q0, q0, %q[m]\n\t" \
  "vcvtn.s32.f32 q0, q0\n\t" \
  "vqadd.s32 q0, q0, %q[zero]\n\t" \
  "vqmovnb.s32 q0, q0\n\t" \
  "vqmovnb.s16 q0, q0\n\t" \
  "vstrb.32 q0, [%[y]]\n\t"
#endif

/* @section kedge_four16: kedge_inline kedge_four */
#if defined(KEDGE_MVE)
/* At most 16 products: the weights stay in registers. */
KEDGE_INLINE void kedge_four16(const kedge_four *f) {
  const int8_t *x = f->x, *w = f->w;
  int8_t *y = f->y;
  int32_t a, b, c, d;
  __asm__ volatile(
      "ldrd %[a], %[b], [%[f], #16]\n\t"
      "dls lr, %[b]\n\t"
      "vctp.8 %[a]\n"
      "1:\n\t"
      "vpst\n\t"
      "vldrbt.8 q0, [%[x]]\n\t"
      "add %[x], %[x], %[step]\n\t"
      "vmladav.s8 %[a], q0, %q[w0]\n\t"
      "vmladav.s8 %[b], q0, %q[w1]\n\t"
      "vmladav.s8 %[c], q0, %q[w2]\n\t"
      "vmladav.s8 %[d], q0, %q[w3]\n\t" KEDGE_STORE4("")
      "add %[y], %[y], %[bytes]\n\t"
      "le lr, 1b"
      : [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x), [y] "+l"(y)
      : [w0] "w"(vldrbq_s8(w)), [w1] "w"(vldrbq_s8(w + f->pitch)),
        [w2] "w"(vldrbq_s8(w + 2 * f->pitch)), [w3] "w"(vldrbq_s8(w + 3 * f->pitch)),
        [bias] "w"(vld1q_s32(f->bias)), [m] "w"(vld1q_f32(f->multiplier)), [f] "r"(f),
        [zero] "w"(vdupq_n_s32(f->zero)), [step] "r"(f->step), [bytes] "r"(f->bytes)
      : "cc", "lr", "q0", "memory");
}
#endif

/* @section kedge_four32: kedge_inline kedge_four */
#if defined(KEDGE_MVE)
/* 16 to 32 products. */
KEDGE_INLINE void kedge_four32(const kedge_four *f) {
  const int8_t *x = f->x, *w = f->w;
  int8_t *y = f->y;
  int32_t a, b, c, d;
#define KEDGE_DOT32(sum, w) \
  "vldrb.8 q2, [%[" w "]]\n\t" \
  "vmladav.s8 %[" sum "], q0, q2\n\t" \
  "vldrb.8 q3, [%[" w "], #16]\n\t" \
  "vmladava.s8 %[" sum "], q1, q3\n\t"
  __asm__ volatile(
      "ldrd %[a], %[b], [%[f], #16]\n\t"
      "subs %[a], %[a], #16\n\t"
      "vctp.8 %[a]\n\t"
      "dls lr, %[b]\n"
      "1:\n\t"
      "vldrb.8 q0, [%[x]]\n\t"
      "vpst\n\t"
      "vldrbt.8 q1, [%[x], #16]\n\t" KEDGE_DOT32("a", "w0") KEDGE_DOT32("b", "w1")
      KEDGE_DOT32("c", "w2") KEDGE_DOT32("d", "w3") KEDGE_STORE4("ldrd %[a], %[b], [%[f], #24]\n\t")
      "add %[x], %[x], %[a]\n\t"
      "add %[y], %[y], %[b]\n\t"
      "le lr, 1b"
      : [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x), [y] "+l"(y)
      : [w0] "r"(w), [w1] "r"(w + f->pitch), [w2] "r"(w + 2 * f->pitch),
        [w3] "r"(w + 3 * f->pitch), [bias] "w"(vld1q_s32(f->bias)),
        [m] "w"(vld1q_f32(f->multiplier)), [zero] "w"(vdupq_n_s32(f->zero)), [f] "r"(f)
      : "cc", "lr", "q0", "q1", "q2", "q3", "memory");
}
#endif

/* @section kedge_fours_more: kedge_inline kedge_tile_job kedge_clampf kedge_mve */
#if defined(KEDGE_MVE)
#define KEDGE_DOT4 \
  "1:\n\t" \
  "ldr %[a], [%[t], #32]\n\t" \
  "ldrd %[w0], %[w1], [%[t]]\n\t" \
  "wlstp.8 lr, %[a], 3f\n\t" \
  "ldrd %[w2], %[w3], [%[t], #8]\n\t" \
  "ldrd %[a], %[b], [%[t], #16]\n\t" \
  "ldrd %[c], %[d], [%[t], #24]\n" \
  "2:\n\t" \
  "vldrb.8 q0, [%[x]], #16\n\t" \
  "vldrb.8 q1, [%[w0]], #16\n\t" \
  "vmladava.s8 %[a], q0, q1\n\t" \
  "vldrb.8 q2, [%[w1]], #16\n\t" \
  "vmladava.s8 %[b], q0, q2\n\t" \
  "vldrb.8 q1, [%[w2]], #16\n\t" \
  "vmladava.s8 %[c], q0, q1\n\t" \
  "vldrb.8 q2, [%[w3]], #16\n\t" \
  "vmladava.s8 %[d], q0, q2\n\t" \
  "letp lr, 2b\n" \
  "3:\n\t" \
  "vmov q0[2], q0[0], %[a], %[c]\n\t" \
  "ldrd %[w0], %[w1], [%[t], #36]\n\t" \
  "vmov q0[3], q0[1], %[b], %[d]\n\t" \
  "add %[x], %[x], %[w0]\n\t" \
  "vcvt.f32.s32 q0, q0\n\t" \
  "subs %[n], %[n], #1\n\t" \
  "vmul.f32 q0, q0, %q[m]\n\t"
#define KEDGE_DOT4_OPERANDS \
  [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x), [w0] "=&r"(w0), \
      [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [y] "+l"(y), [n] "+r"(pixels)
/* Any number of products: loops masked to `size` read nothing beyond it. */
KEDGE_INLINE void kedge_fours_more(const kedge_tile_job *job, const kedge_layer *q, int real) {
  const int32_t pitch = (job->size + 3) & ~3, width = real ? 4 : 1;
  const int32x4_t zero = vdupq_n_s32(q->zero);
  struct {
    uint32_t w[4];
    int32_t bias[4], size, step, bytes;
  } t; /* what does not fit into registers */
  const int32_t *bias = q->bias + job->from;
  const float *multipliers = q->multiplier + job->from;
  int8_t *out = (int8_t *)job->y + job->from * width;
  vst1q_u32(t.w, vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)pitch),
                             (uint32_t)(uintptr_t)job->w));
  t.size = job->size, t.bytes = job->bytes;
  t.step = job->step - ((job->size + 15) & ~15);
  for (int32_t done = 0; done < job->channels; done += 4) {
    if (done + 4 > job->channels) {
      const int32_t back = done + 4 - job->channels;
      vst1q_u32(t.w, vsubq_n_u32(vld1q_u32(t.w), (uint32_t)(back * pitch)));
      bias -= back, multipliers -= back, out -= back * width;
    }
    const float32x4_t multiplier = vld1q_f32(multipliers);
    const int8_t *x = job->x, *w0, *w1, *w2, *w3;
    int8_t *y = out;
    int32_t pixels = job->pixels, a, b, c, d;
    vst1q_s32(t.bias, vld1q_s32(bias));
    if (real) {
      __asm__ volatile(KEDGE_DOT4
                       "vstrw.32 q0, [%[y]]\n\t"
                       "add %[y], %[y], %[w1]\n\t"
                       "bne 1b"
                       : KEDGE_DOT4_OPERANDS
                       : [t] "r"(&t), [m] "w"(multiplier)
                       : "cc", "lr", "q0", "q1", "q2", "memory");
      for (int32_t p = 0; p < job->pixels; p++) {
        float *values = (float *)(void *)(out + p * job->bytes);
        for (int32_t i = 0; i < 4; i++) values[i] = kedge_clampf(values[i], q->low, q->high);
      }
    } else {
      __asm__ volatile(KEDGE_DOT4
                       "vcvtn.s32.f32 q0, q0\n\t"
                       "vqadd.s32 q0, q0, %q[zero]\n\t"
                       "vqmovnb.s32 q0, q0\n\t"
                       "vqmovnb.s16 q0, q0\n\t"
                       "vstrb.32 q0, [%[y]]\n\t"
                       "add %[y], %[y], %[w1]\n\t"
                       "bne 1b"
                       : KEDGE_DOT4_OPERANDS
                       : [t] "r"(&t), [m] "w"(multiplier), [zero] "w"(zero)
                       : "cc", "lr", "q0", "q1", "q2", "memory");
    }
    vst1q_u32(t.w, vaddq_n_u32(vld1q_u32(t.w), 4 * (uint32_t)pitch));
    bias += 4, multipliers += 4, out += 4 * width;
  }
}
#endif

/* @section kedge_tile4: kedge_inline kedge_four16 kedge_four32 kedge_fours_more kedge_tile_job */
#if defined(KEDGE_MVE)
/* All pixels of the job, four channels at a time, the last four overlapping those before; gives how
 * many channels are done: all, or none where there are not four. */
KEDGE_INLINE int32_t kedge_tile4(const kedge_tile_job *job, const kedge_layer *q, int real) {
  if (job->channels < 4) return 0;
  if (real || job->size > 32) {
    kedge_fours_more(job, q, real);
    return job->channels;
  }
  kedge_four four = {.x = job->x, .step = job->step, .size = job->size, .zero = q->zero,
                     .pitch = (job->size + 3) & ~3, .pixels = job->pixels, .bytes = job->bytes};
  for (int32_t c = 0; c < job->channels; c += 4) {
    if (c + 4 > job->channels) c = job->channels - 4;
    four.w = job->w + c * four.pitch;
    four.y = (int8_t *)job->y + job->from + c;
    four.bias = q->bias + job->from + c;
    four.multiplier = q->multiplier + job->from + c;
    if (job->size <= 16) {
      kedge_four16(&four);
    } else {
      kedge_four32(&four);
    }
  }
  return job->channels;
}
#endif
