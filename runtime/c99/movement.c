/*
 * Operators that only move values: Transpose and Slice (kedge_gather), Pad (kedge_fill_*, then
 * kedge_scatter), Concat (kedge_concat, once an input); Reshape needs no code. No scratch.
 */

/* @section kedge_move: */
/* Walks `shape` in row-major order; element i of the other side is from + Σ index · stride, in
 * elements. */
typedef struct {
  int32_t rank, shape[6], from, stride[6];
} kedge_move;

/* @section kedge_step: kedge_move */
/* Steps to the next index; gives the other side's place there. */
static int32_t kedge_step(const kedge_move *d, int32_t *index, int32_t at) {
  for (int32_t axis = d->rank - 1; axis >= 0; axis--) {
    at += d->stride[axis];
    if (++index[axis] < d->shape[axis]) break;
    at -= index[axis] * d->stride[axis];
    index[axis] = 0;
  }
  return at;
}

/* @section kedge_size: kedge_move */
static int32_t kedge_size(const kedge_move *d) {
  int32_t size = 1;
  for (int32_t axis = 0; axis < d->rank; axis++) size *= d->shape[axis];
  return size;
}

/* @section kedge_gather_s8: kedge_step kedge_size */
/* y[i] = x[from + Σ index · stride]; d->shape is y's. */
static void kedge_gather_s8(const int8_t *x, int8_t *y, const kedge_move *d) {
  int32_t index[6] = {0}, at = d->from;
  for (int32_t i = 0, size = kedge_size(d); i < size; i++, at = kedge_step(d, index, at)) {
    y[i] = x[at];
  }
}

/* @section kedge_gather_f32: kedge_step kedge_size */
static void kedge_gather_f32(const float *x, float *y, const kedge_move *d) {
  int32_t index[6] = {0}, at = d->from;
  for (int32_t i = 0, size = kedge_size(d); i < size; i++, at = kedge_step(d, index, at)) {
    y[i] = x[at];
  }
}

/* @section kedge_scatter_s8: kedge_step kedge_size */
/* y[from + Σ index · stride] = x[i]; d->shape is x's. */
static void kedge_scatter_s8(const int8_t *x, int8_t *y, const kedge_move *d) {
  int32_t index[6] = {0}, at = d->from;
  for (int32_t i = 0, size = kedge_size(d); i < size; i++, at = kedge_step(d, index, at)) {
    y[at] = x[i];
  }
}

/* @section kedge_scatter_f32: kedge_step kedge_size */
static void kedge_scatter_f32(const float *x, float *y, const kedge_move *d) {
  int32_t index[6] = {0}, at = d->from;
  for (int32_t i = 0, size = kedge_size(d); i < size; i++, at = kedge_step(d, index, at)) {
    y[at] = x[i];
  }
}

/* @section kedge_fill_s8: */
static void kedge_fill_s8(int8_t *y, int32_t count, int8_t value) {
  memset(y, value, (uint32_t)count);
}

/* @section kedge_fill_f32: */
static void kedge_fill_f32(float *y, int32_t count, float value) {
  for (int32_t i = 0; i < count; i++) y[i] = value;
}

/* @section kedge_concat: */
/* Copies `rows` runs of `bytes` to places `pitch` bytes apart. For each input y starts behind the
 * inputs before it: bytes = input.shape[axis] · inner · width, pitch = the output's. */
static void kedge_concat(const void *x, void *y, int32_t rows, int32_t bytes, int32_t pitch) {
  const uint8_t *from = (const uint8_t *)x;
  uint8_t *to = (uint8_t *)y;
  for (; rows > 0; rows--, from += bytes, to += pitch) memcpy(to, from, (uint32_t)bytes);
}
