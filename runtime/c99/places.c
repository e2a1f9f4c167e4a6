/*
 * Operators on places along an axis, which are whole numbers in float32: Gather, ArgSort. No
 * scratch.
 */

/* @section kedge_gather_rows: */
/* y[i] = x[places[i]] for rows of `inner` values; places outside of 0…rows−1 and NaN are clamped. */
static void kedge_gather_rows(const float *x, const float *places, float *y, int32_t count,
                              int32_t rows, int32_t inner) {
  for (int32_t i = 0; i < count; i++, y += inner) {
    const float place = places[i];
    int32_t row = 0;
    if (place >= (float)rows) row = rows - 1;
    else if (place > 0.0f) row = (int32_t)place;
    memcpy(y, x + row * inner, (uint32_t)inner * sizeof(float));
  }
}

/* @section kedge_arg_sort: */
/* Places of each row's values, the largest first, by insertion: equal ones stay in order. */
static void kedge_arg_sort(const float *x, float *y, int32_t rows, int32_t length) {
  for (; rows > 0; rows--, x += length, y += length) {
    for (int32_t i = 0; i < length; i++) {
      const float key = x[i];
      int32_t at = i;
      /* NaN counts as the lowest: it passes nothing, and only finite numbers and +infinity pass it. */
      while (at > 0) {
        const float other = x[(int32_t)y[at - 1]];
        const int passes = other == other ? key > other : key >= -3.40282347e+38f;
        if (!passes) break;
        y[at] = y[at - 1];
        at--;
      }
      y[at] = (float)i;
    }
  }
}
