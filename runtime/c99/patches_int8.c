/*
 * The cells under a window, copied into a patch, for Conv2D with int8 weights.
 */

/* @section kedge_copy: kedge_load4 kedge_mve */
#if defined(KEDGE_MVE)
/* Copies a few bytes, 16 at a time, the rest masked; gives the place behind them. */
KEDGE_INLINE int8_t *kedge_copy(int8_t *to, const int8_t *from, int32_t count) {
  int8_t *end = to + count;
  __asm__ volatile(
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n\t"
      "vldrb.8 q0, [%[from]], #16\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to), [from] "+r"(from)
      : [count] "r"(count)
      : "lr", "q0", "memory");
  return end;
}

/* Writes a byte a few times; gives the place behind. */
KEDGE_INLINE int8_t *kedge_repeat(int8_t *to, int32_t value, int32_t count) {
  int8_t *end = to + count;
  __asm__ volatile(
      "vdup.8 q0, %[value]\n\t"
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to)
      : [value] "r"(value), [count] "r"(count)
      : "lr", "q0", "memory");
  return end;
}
#else
/* Copies a few bytes; gives the place behind them. */
KEDGE_INLINE int8_t *kedge_copy(int8_t *to, const int8_t *from, int32_t count) {
#if defined(__ARM_FEATURE_UNALIGNED)
  for (; count >= 4; count -= 4, from += 4, to += 4) {
    const int32_t word = kedge_load4(from);
    KEDGE_MOVE4(to, &word);
  }
#endif
  for (; count > 0; count--) *to++ = *from++;
  return to;
}

/* Writes a byte a few times; gives the place behind. */
KEDGE_INLINE int8_t *kedge_repeat(int8_t *to, int32_t value, int32_t count) {
  for (; count > 0; count--) *to++ = (int8_t)value;
  return to;
}
#endif

/* @section kedge_stretch: kedge_window kedge_inline */
/* A run of cells that stand side by side in the picture: how many lie before it, in it, behind. */
typedef struct {
  int32_t before, inside, after;
} kedge_stretch;
KEDGE_INLINE kedge_stretch kedge_cut_stretch(int32_t row, int32_t column, int32_t cells,
                                     const kedge_window *d) {
  kedge_stretch run = {0, cells, 0};
  if (row < 0 || row >= d->height || column >= d->width || column + cells <= 0) {
    run.inside = 0;
    run.after = cells;
  } else {
    if (column < 0) run.before = -column;
    if (column + cells > d->width) run.after = column + cells - d->width;
    run.inside = cells - run.before - run.after;
  }
  return run;
}

/* @section kedge_patch: kedge_window kedge_stretch kedge_copy */
/* Copies the cells under the window at (oy, ox), of one group's channels. */
static void kedge_patch(const int8_t *x, int8_t *to, const kedge_window *d, int32_t oy, int32_t ox,
                        int32_t group, int32_t pad) {
  const int32_t depth = d->depth / d->groups;
  const int32_t cells = d->dilation_w == 1 && d->groups == 1 ? d->kernel_w : 1;
  const int32_t left = ox * d->stride_w - d->pad_left;
  int32_t row = oy * d->stride_h - d->pad_top;
  for (int32_t ky = d->kernel_h; ky > 0; ky--, row += d->dilation_h) {
    for (int32_t kx = 0; kx < d->kernel_w; kx += cells) {
      const int32_t column = left + kx * d->dilation_w;
      const kedge_stretch run = kedge_cut_stretch(row, column, cells, d);
      const int8_t *from = x + (row * d->width + column + run.before) * d->depth + group * depth;
      to = kedge_repeat(to, pad, run.before * depth);
      to = kedge_copy(to, from, run.inside * depth);
      to = kedge_repeat(to, pad, run.after * depth);
    }
  }
}

/* @section kedge_patches: kedge_patch kedge_dsp */
#if !defined(KEDGE_DSP)
/* The patches of some pixels of a row, `step` bytes apart. */
static void kedge_patches(const int8_t *x, int8_t *to, int32_t step, int32_t pixels,
                          const kedge_window *d, int32_t oy, int32_t ox, int32_t group,
                          int32_t pad) {
  const int32_t bytes = d->kernel_w * d->depth, next = d->dilation_h * d->width * d->depth;
  const int32_t row = oy * d->stride_h - d->pad_top;
  const int inside = row >= 0 && row + (d->kernel_h - 1) * d->dilation_h < d->height &&
                     d->dilation_w == 1 && d->groups == 1;
  int32_t left = ox * d->stride_w - d->pad_left;
  for (; pixels > 0; pixels--, ox++, left += d->stride_w, to += step) {
    if (!inside || left < 0 || left + d->kernel_w > d->width) {
      kedge_patch(x, to, d, oy, ox, group, pad);
      continue;
    }
    const int8_t *cell = x + (row * d->width + left) * d->depth;
    int8_t *at = to;
    for (int32_t ky = d->kernel_h; ky > 0; ky--, cell += next) at = kedge_copy(at, cell, bytes);
  }
}
#endif
