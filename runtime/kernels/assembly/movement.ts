// Values that only move: Transpose, Slice, Pad, Concat are all copies with strides.

/**
 * Copies a block of four dimensions. Words of `p`: 0 from · 1 to · 2 bytes of a value, 1 or 4 ·
 * 3–6 sizes · 7–10 strides in bytes where it comes from · 11–14 where it goes.
 */
export function copy_strided(p: usize): void {
  const size = load<i32>(p, 8);
  const count = load<i32>(p, 24), stepFrom = load<i32>(p, 40), stepTo = load<i32>(p, 56);
  const whole = stepFrom == size && stepTo == size;
  let from0 = load<usize>(p, 0), to0 = load<usize>(p, 4);
  for (let i = load<i32>(p, 12); i > 0; i--) {
    let from1 = from0, to1 = to0;
    for (let j = load<i32>(p, 16); j > 0; j--) {
      let from2 = from1, to2 = to1;
      for (let k = load<i32>(p, 20); k > 0; k--) {
        if (whole) memory.copy(to2, from2, count * size);
        else {
          let from = from2, to = to2;
          if (size == 1) {
            for (let l = count; l > 0; l--) {
              store<i8>(to, load<i8>(from));
              from += stepFrom;
              to += stepTo;
            }
          } else {
            for (let l = count; l > 0; l--) {
              store<i32>(to, load<i32>(from));
              from += stepFrom;
              to += stepTo;
            }
          }
        }
        from2 += load<i32>(p, 36);
        to2 += load<i32>(p, 52);
      }
      from1 += load<i32>(p, 32);
      to1 += load<i32>(p, 48);
    }
    from0 += load<i32>(p, 28);
    to0 += load<i32>(p, 44);
  }
}
