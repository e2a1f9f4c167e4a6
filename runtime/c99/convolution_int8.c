/*
 * Conv2D and FullyConnected with int8 weights: acc[o] = bias[o] + Σ x · w, exact.
 *
 * The cells under a window are copied into a patch (patches_int8.c); patches of a few pixels meet
 * the weights of a few channels at a time, so that each value loaded takes part in more than one
 * product: tile_int8.c, tile_dsp.c and tile_helium.c, one for each kind of core.
 *
 * Weights: w[channels][K4], rows of K = kernel_h · kernel_w · depth / groups values in the order
 * of the file, padded with zeros to a multiple of 4, and 12 more bytes behind the last row
 * (converters/targets/mcu/weight_layouts/). The input's zero point is in the bias, and fills the
 * padding.
 *
 * Scratch: 5 · K16 bytes and at least 512, K16 = K rounded up to a multiple of 16 (FullyConnected:
 * K = depth), aligned to 4.
 */

/* @section kedge_cells: kedge_inline kedge_window */
/* Whether the window is each cell, one after the other. */
KEDGE_INLINE int kedge_cells(const kedge_window *d) {
  return d->kernel_h * d->kernel_w == 1 && d->groups == 1 && d->stride_h == 1 &&
         d->stride_w == 1 && d->out_height == d->height && d->out_width == d->width;
}

/* @section kedge_conv2d_tiles: kedge_noinline kedge_cells kedge_patches kedge_tile_job kedge_conv2d_pairs */
/* Makes `channels` channels from `from` on, whose weights are w (with groups, all of them). `width`
 * is the bytes of one output, `tile` kedge_tile_s8 or kedge_tile_f32. */
#if defined(KEDGE_DSP)
static void kedge_conv2d_tiles(const int8_t *x, const int8_t *w, const kedge_layer *q, void *y,
                               int8_t *scratch, const kedge_window *d, int32_t from,
                               int32_t channels, int32_t width, kedge_tile *tile) {
  kedge_window flat = *d;
  (void)tile;
  if (kedge_cells(d) && d->out_height * d->out_width < 65536) { /* one row of cells, in pairs */
    flat.height = flat.out_height = 1;
    flat.width = flat.out_width = (uint16_t)(d->out_height * d->out_width);
  }
  kedge_conv2d_pairs(x, w, q, (int8_t *)y, scratch, &flat, from, channels, width);
}
#else
/* Pixels of a row whose patches stand in scratch. */
#define KEDGE_PIXELS(size) ((size) > 32 ? 4 : 16)
/* Bytes from one patch to the next. */
#if defined(KEDGE_MVE)
#define KEDGE_PATCH(size) (size)
#else
#define KEDGE_PATCH(size) (((size) + 3) & ~3)
#endif
static KEDGE_NOINLINE void kedge_conv2d_tiles(const int8_t *x, const int8_t *w,
                                              const kedge_layer *q, void *y, int8_t *scratch,
                                              const kedge_window *d, int32_t from,
                                              int32_t channels, int32_t width, kedge_tile *tile) {
  const int32_t size = d->kernel_h * d->kernel_w * (d->depth / d->groups), pitch = (size + 3) & ~3;
  const int32_t row = d->out_width, pixels = d->out_height * row;
  kedge_tile_job job = {x, w, size, d->batch * pixels, size, from, channels / d->groups,
                        y, d->channels * width};
  /* Cells that stand side by side are patches. Outputs may take the place of inputs of the rows
   * before: at most as many at a time as have room below the inputs that are still to be read. */
  if (kedge_cells(d)) {
    for (int32_t left = d->batch * pixels; left > 0; left -= job.pixels) {
      const intptr_t room = job.x - (int8_t *)job.y;
      job.pixels = left;
      if (room >= 0 && room < left * job.bytes) {
        job.pixels = row * job.bytes > room ? row : (int32_t)room / job.bytes;
        if (job.pixels > left) job.pixels = left;
      }
      tile(&job, q);
      job.x += job.pixels * size;
      job.y = (int8_t *)job.y + job.pixels * job.bytes;
    }
    return;
  }
  job.step = KEDGE_PATCH(size);
  memset(scratch, 0, (uint32_t)(KEDGE_PIXELS(size) * job.step));
  job.x = scratch;
  for (int32_t n = 0; n < d->batch; n++, x += d->height * d->width * d->depth) {
    for (int32_t oy = 0; oy < d->out_height; oy++) {
      for (int32_t ox = 0; ox < row; ox += job.pixels) {
        job.pixels = ox + KEDGE_PIXELS(size) < row ? KEDGE_PIXELS(size) : row - ox;
        job.w = w;
        for (int32_t group = 0; group < d->groups; group++) {
          kedge_patches(x, scratch, job.step, job.pixels, d, oy, ox, group, q->pad);
          job.from = from + group * job.channels;
          tile(&job, q);
          job.w += job.channels * pitch;
        }
        job.y = (int8_t *)job.y + job.pixels * job.bytes;
      }
    }
  }
}
#endif

/* @section kedge_conv2d_s8: kedge_conv2d_tiles kedge_tile_s8 kedge_tighten */
static void kedge_conv2d_s8(const int8_t *x, const int8_t *w, const kedge_layer *q, int8_t *y,
                            void *scratch, const kedge_window *d) {
  kedge_conv2d_tiles(x, w, q, y, (int8_t *)scratch, d, 0, d->channels, 1, kedge_tile_s8);
  kedge_tighten(y, d->batch * d->out_height * d->out_width * d->channels, q->min, q->max);
}

/* @section kedge_conv2d_s8_f32: kedge_conv2d_tiles kedge_tile_f32 */
static void kedge_conv2d_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q, float *y,
                                void *scratch, const kedge_window *d) {
  kedge_conv2d_tiles(x, w, q, y, (int8_t *)scratch, d, 0, d->channels, 4, kedge_tile_f32);
}

/* @section kedge_fully_connected_s8: kedge_conv2d_s8 */
/* x[rows, depth] gives y[rows, channels]; rows and depth below 65536: cells of a picture of one
 * row. */
static void kedge_fully_connected_s8(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                     int8_t *y, void *scratch, int32_t rows, int32_t depth,
                                     int32_t channels) {
  const kedge_window d = {1, 1, (uint16_t)rows, (uint16_t)depth, 1, (uint16_t)rows,
                          (uint16_t)channels, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  kedge_conv2d_s8(x, w, q, y, scratch, &d);
}

/* @section kedge_fully_connected_s8_f32: kedge_conv2d_s8_f32 */
static void kedge_fully_connected_s8_f32(const int8_t *x, const int8_t *w, const kedge_layer *q,
                                         float *y, void *scratch, int32_t rows, int32_t depth,
                                         int32_t channels) {
  const kedge_window d = {1, 1, (uint16_t)rows, (uint16_t)depth, 1, (uint16_t)rows,
                          (uint16_t)channels, 1, 1, 1, 1, 0, 0, 1, 1, 1};
  kedge_conv2d_s8_f32(x, w, q, y, scratch, &d);
}
