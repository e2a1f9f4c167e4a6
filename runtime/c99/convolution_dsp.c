/*
 * Conv2D with int8 weights on Cortex-M4, M7 and the like: patches of two pixels at a time as int16
 * pairs, for tile_dsp.c.
 */

/* @section kedge_expand: kedge_dsp kedge_load4 */
#if defined(KEDGE_DSP)
/* Values as int16 pairs, (0, 2) and (1, 3) of each four; two words further there are the next two,
 * as the other pixel's lie between. */
static void kedge_expand(int32_t *to, const int8_t *from, int32_t count) {
  for (const int8_t *end = from + count; from < end; from += 4, to += 4) {
    const int32_t word = kedge_load4(from);
    to[0] = kedge_sxtb16(word);
    to[2] = kedge_sxtb16_ror8(word);
  }
}

/* The same of two pixels at once; gives the place behind. */
KEDGE_INLINE int32_t *kedge_expand_pair(int32_t *to, const int8_t *x0, const int8_t *x1,
                                        int32_t count) {
  for (const int8_t *end = x0 + count; x0 < end; x0 += 4, x1 += 4, to += 4) {
    const int32_t p = kedge_load4(x0), q = kedge_load4(x1);
    to[0] = kedge_sxtb16(p);
    to[1] = kedge_sxtb16(q);
    to[2] = kedge_sxtb16_ror8(p);
    to[3] = kedge_sxtb16_ror8(q);
  }
  return to;
}
#endif

/* @section kedge_gather_pair: kedge_expand kedge_move4 */
#if defined(KEDGE_DSP)
/* Patches of two pixels whose rows of `bytes` values are no multiple of four: copied by words into
 * `rows`, where what is too much is written over by the next row or left in 4 bytes behind; then
 * expanded. */
static void kedge_gather_pair(int8_t *scratch, int8_t *rows, const int8_t *x0, const int8_t *x1,
                              int32_t height, int32_t step, int32_t bytes, int32_t pitch) {
  int8_t *to = rows;
  for (; height > 0; height--, x0 += step, x1 += step, to += bytes) {
    for (int32_t i = 0; i < bytes; i += 4) {
      const int32_t p = kedge_load4(x0 + i), q = kedge_load4(x1 + i);
      KEDGE_MOVE4(to + i, &p);
      KEDGE_MOVE4(to + pitch + 4 + i, &q);
    }
  }
  kedge_expand_pair((int32_t *)(void *)scratch, rows, rows + pitch + 4, pitch);
}
#endif

/* @section kedge_conv2d_pairs: kedge_noinline kedge_gather_pair kedge_patch kedge_pairs kedge_pair_slow */
#if defined(KEDGE_DSP)
/* kedge_conv2d_tiles for these cores. Where both windows lie in the picture, they are read there:
 * a single row as it is, however long, as its weights end in zeros. */
static KEDGE_NOINLINE void kedge_conv2d_pairs(const int8_t *x, const int8_t *w,
                                              const kedge_layer *q, int8_t *y, int8_t *scratch,
                                              const kedge_window *d, int32_t from,
                                              int32_t channels, int32_t width) {
  const int32_t depth = d->depth / d->groups, size = d->kernel_h * d->kernel_w * depth;
  const int32_t pitch = (size + 3) & ~3, bytes = d->kernel_w * depth;
  const int32_t count = d->out_height * d->out_width, own = channels / d->groups;
  const int32_t other = d->stride_w * depth, step = d->dilation_h * d->width * depth;
  const int whole = !(bytes & 3) || d->kernel_h == 1; /* rows need not be gathered */
  const int direct = d->groups == 1 && d->dilation_w == 1 && (whole || 6 * pitch + 8 <= 512);
  /* Columns that may be read: words reach three values further. */
  const int32_t safe = bytes & 3 ? d->width - (depth + 2) / depth : d->width;
  kedge_pair_job job = {scratch, pitch >> 2, 0, q->zero * 16 + 8, 0, 0, 0, pitch, 0, 0,
                        kedge_round_pair, q};
  memset(scratch, 0, (uint32_t)(5 * pitch));
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    int32_t top = -(int32_t)d->pad_top, oy = 0, ox = 0;
    for (int32_t p = 0; p < count; p += 2) {
      const int two = p + 1 < count;
      const int32_t left = ox * d->stride_w - d->pad_left;
      const int32_t next_y = ox + 1 == d->out_width ? oy + 1 : oy;
      const int32_t next_x = ox + 1 == d->out_width ? 0 : ox + 1;
      job.w = w;
      for (int32_t group = 0; group < d->groups; group++, job.w += own * pitch) {
        if (direct && two && left >= 0 && top >= 0 && next_x &&
            left + d->stride_w + d->kernel_w <= safe &&
            top + (d->kernel_h - 1) * d->dilation_h < d->height) {
          const int8_t *cell = x + (top * d->width + left) * depth;
          int32_t *to = (int32_t *)(void *)scratch;
          if (!whole) {
            kedge_gather_pair(scratch, scratch + 4 * pitch, cell, cell + other, d->kernel_h, step,
                              bytes, pitch);
          }
          for (int32_t ky = whole ? d->kernel_h : 0; ky > 0; ky--, cell += step) {
            to = kedge_expand_pair(to, cell, cell + other, bytes);
          }
        } else {
          int8_t *gathered = scratch + 4 * pitch;
          kedge_patch(x, gathered, d, oy, ox, group, q->pad);
          kedge_expand((int32_t *)(void *)scratch, gathered, size);
          if (two) {
            kedge_patch(x, gathered, d, next_y, next_x, group, q->pad);
            kedge_expand((int32_t *)(void *)scratch + 1, gathered, size);
          }
        }
        const int32_t first = from + group * own;
        job.bias = q->bias + first;
        job.last = job.bias + own - 2;
        job.fixed = q->fixed + first;
        job.y0 = y + first * width;
        job.y1 = two ? job.y0 + d->channels * width : job.y0;
        if (width == 1 && own > 1) {
          kedge_pairs(&job);
        } else {
          kedge_pair_slow(&job, own, width);
        }
      }
      y += (two ? 2 : 1) * d->channels * width;
      ox = next_x + 1, oy = next_y;
      if (ox == d->out_width) ox = 0, oy++;
      top = oy * d->stride_h - d->pad_top;
    }
  }
}
#endif
