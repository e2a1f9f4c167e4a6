/*
 * Conv2D with int8 weights on Helium: four channels at a time, 16 products an instruction.
 */

/* @section kedge_tile4: kedge_inline kedge_mve kedge_layer kedge_tile_job kedge_clampf */
#if defined(KEDGE_MVE)
/* All pixels of the job, four channels at a time; gives how many channels are done: all, or none
 * where there are not four. Loops masked to `size` read nothing beyond it. Vectors flush subnormal
 * values to zero, which end as zero here anyway. */
KEDGE_INLINE int32_t kedge_tile4(const kedge_tile_job *job, const kedge_layer *q, int real) {
  struct {
    uint32_t w[4];
    int32_t bias[4], size, step, bytes;
  } t; /* what does not fit into registers */
  const int32_t pitch = (job->size + 3) & ~3;
  const int32x4_t zero = vdupq_n_s32(q->zero), min = vdupq_n_s32(q->min), max = vdupq_n_s32(q->max);
  const int32_t *bias = q->bias + job->from;
  const float *multipliers = q->multiplier + job->from;
  int8_t *out = (int8_t *)job->y + job->from * (real ? 4 : 1);
  int32_t done = 0;
  vst1q_u32(t.w, vaddq_n_u32(vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)pitch),
                             (uint32_t)(uintptr_t)job->w));
  t.size = job->size;
  t.step = job->step - ((job->size + 15) & ~15);
  t.bytes = job->bytes;
  for (; done < job->channels && job->channels >= 4; done += 4) {
    if (done + 4 > job->channels) { /* the last four overlap those before */
      const int32_t back = done + 4 - job->channels;
      vst1q_u32(t.w, vsubq_n_u32(vld1q_u32(t.w), (uint32_t)(back * pitch)));
      bias -= back, multipliers -= back, out -= back * (real ? 4 : 1);
    }
    const float32x4_t multiplier = vld1q_f32(multipliers);
    const int8_t *x = job->x, *w0, *w1, *w2, *w3;
    int8_t *y = out;
    int32_t pixels = job->pixels, a, b, c, d;
    vst1q_s32(t.bias, vld1q_s32(bias));
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
    if (real) {
      __asm__ volatile(
          KEDGE_DOT4
          "vstrw.32 q0, [%[y]]\n\t"
          "add %[y], %[y], %[w1]\n\t"
          "bne 1b"
          : [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x),
            [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [y] "+l"(y),
            [n] "+r"(pixels)
          : [t] "r"(&t), [m] "w"(multiplier)
          : "cc", "lr", "q0", "q1", "q2", "memory");
      for (int32_t p = 0; p < job->pixels; p++) {
        float *values = (float *)(void *)(out + p * job->bytes);
        for (int32_t i = 0; i < 4; i++) values[i] = kedge_clampf(values[i], q->low, q->high);
      }
    } else {
      __asm__ volatile(
          KEDGE_DOT4
          "vcvtn.s32.f32 q0, q0\n\t"
          "vqadd.s32 q0, q0, %q[zero]\n\t"
          "vmax.s32 q0, q0, %q[min]\n\t"
          "vmin.s32 q0, q0, %q[max]\n\t"
          "vstrb.32 q0, [%[y]]\n\t"
          "add %[y], %[y], %[w1]\n\t"
          "bne 1b"
          : [a] "=&Te"(a), [b] "=&Te"(b), [c] "=&Te"(c), [d] "=&Te"(d), [x] "+r"(x),
            [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [y] "+l"(y),
            [n] "+r"(pixels)
          : [t] "r"(&t), [m] "w"(multiplier), [zero] "w"(zero), [min] "w"(min), [max] "w"(max)
          : "cc", "lr", "q0", "q1", "q2", "memory");
    }
    vst1q_u32(t.w, vaddq_n_u32(vld1q_u32(t.w), 4 * (uint32_t)pitch));
    bias += 4, multipliers += 4, out += 4 * (real ? 4 : 1);
  }
  return done;
}
#endif

