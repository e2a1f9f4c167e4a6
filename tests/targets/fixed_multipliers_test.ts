/** Fixed-point multipliers give the values of float32, or say that they cannot. */
import assert from "node:assert/strict";
import {
  fixedMultiplier,
  fixedMultipliers,
  reachOf,
} from "../../converters/targets/mcu/weight_layouts/fixed_multipliers.ts";
import { store } from "../../runtime/reference/requantize.ts";
import { Random } from "../helpers/random.ts";

const f = Math.fround;
const wanted = (acc: number, multiplier: number, zeroPoint: number) =>
  store(f(f(acc) * multiplier), { integer: true, zeroPoint, min: -128, max: 127 });

/** ⌊acc · fixed ÷ 2³²⌋, the zero point and a half added, four bits dropped: as the kernels do. */
const got = (acc: number, fixed: number, zero: number) => {
  const high = Number(BigInt(acc) * BigInt(fixed) >> 32n);
  return Math.min(Math.max((high + zero * 16 + 8) >> 4, -128), 127);
};

Deno.test("a fixed multiplier has the bits of float32 for all that can be reached", () => {
  const random = new Random(5);
  let [found, all] = [0, 0];
  for (let round = 0; round < 200; round++) {
    const multiplier = f(2 ** -(5 + random.next() * 10) * (0.5 + random.next() / 2));
    const zero = random.int(-128, 127);
    const low = -random.int(0, 20000);
    const high = random.int(0, 20000);
    const fixed = fixedMultiplier(multiplier, zero, { low, high });
    all++;
    if (fixed < 0) continue;
    found++;
    for (let acc = low; acc <= high; acc++) {
      if (got(acc, fixed, zero) !== wanted(acc, multiplier, zero)) {
        assert.fail(`${acc} · ${multiplier} + ${zero}`);
      }
    }
  }
  assert.ok(found > 0.7 * all, `${found} of ${all}`);
});

Deno.test("multipliers that no fixed one can stand for are told", () => {
  const reach = { low: -1e6, high: 1e6 };
  // Halves round to even here, and up there.
  assert.equal(fixedMultiplier(2 ** -8, 0, reach), -1);
  // 2³⁶ times it is beyond int32.
  assert.equal(fixedMultiplier(f(0.0331), 0, reach), -1);
  // Few values do not reach a half.
  assert.ok(fixedMultiplier(2 ** -8, 0, { low: -100, high: 100 }) > 0);
  assert.ok(fixedMultiplier(f(2 ** -140), 3, reach) >= 0);
});

Deno.test("sums reach from the smallest to the largest product of every weight", () => {
  assert.deepEqual(reachOf([1, -2, 0], 5), { low: 5 - 128 - 254, high: 5 + 127 + 256 });
});

Deno.test("channels stand side by side in the weights of a depthwise layer", () => {
  const scales = Float32Array.of(0.01, 0.013);
  const bias = Int32Array.of(7, -9);
  const rows = fixedMultipliers(scales, -128, Int8Array.of(1, 2, 3, 4, 5, 6), bias);
  const columns = fixedMultipliers(scales, -128, Int8Array.of(1, 4, 2, 5, 3, 6), bias, true);
  assert.deepEqual(rows, columns);
});
