/** Each way to find a range, on examples worked by hand, and against its definition. */
import assert from "node:assert/strict";
import { divergence, leastDivergence } from "../../converters/data/ranges/entropy.ts";
import { Histogram } from "../../converters/data/ranges/histogram.ts";
import { MovingAverage } from "../../converters/data/ranges/moving_average.ts";
import { octav } from "../../converters/data/ranges/octav.ts";
import { percentileRange } from "../../converters/data/ranges/percentile.ts";
import { leastSquaredError, squaredError } from "../../converters/data/ranges/squared_error.ts";
import { Random } from "../helpers/random.ts";
import { BELL_CLIP, HISTOGRAM_BIN } from "../helpers/tolerances.ts";

function histogramOf(values: Iterable<number>): Histogram {
  const histogram = new Histogram();
  histogram.add(Float32Array.from(values));
  return histogram;
}

function near(got: number, wanted: number, share: number): void {
  assert(Math.abs(got - wanted) <= share * Math.abs(wanted), `${got} for ${wanted}`);
}

/** Values of a standard normal distribution (Box and Muller 1958). */
function bell(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()),
  );
}

Deno.test("moving average: three samples by hand", () => {
  const average = new MovingAverage();
  assert.deepEqual(average.range(), { min: 0, max: 0 });
  for (const [min, max] of [[-1, 2], [-3, 4], [-5, 12]]) {
    average.observe(Float32Array.of(min, 0, max));
  }
  // 0.01·(0.99²·x₁ + 0.99·x₂ + x₃) / (1 − 0.99³)
  const { min, max } = average.range();
  near(min, -(0.9801 * 1 + 0.99 * 3 + 5) * 0.01 / 0.029701, 1e-9);
  near(max, (0.9801 * 2 + 0.99 * 4 + 12) * 0.01 / 0.029701, 1e-9);
});

Deno.test("percentile: 90% of 1…100 leaves five at the top", () => {
  const { min, max } = percentileRange(
    histogramOf(Array.from({ length: 100 }, (_, i) => i + 1)),
    90,
  );
  assert.equal(min, 0);
  assert(max >= 95 && max <= 95 + 100 * HISTOGRAM_BIN, String(max));
});

Deno.test("squared error: by hand for two bins", () => {
  // Ten at 1.5 and one at 3.5 (middles of bins as wide as 1), range 0…2.55: steps of 0.01.
  const histogram = new Histogram();
  Object.assign(histogram.above, { width: 1, top: 4 });
  histogram.above.counts.set([0, 10, 0, 1]);
  near(squaredError(histogram, { min: 0, max: 2.55 }), (3.5 - 2.55) ** 2, 1e-9);
  // Steps of 1: 1.5 is rounded to 2, 3.5 to 4.
  near(squaredError(histogram, { min: 0, max: 255 }), 11 * 0.25, 1e-9);
  assert.equal(squaredError(histogram, { min: 0, max: 0 }), Infinity);
});

Deno.test("squared error: no range of a fine grid is better by more than a thousandth", () => {
  for (let seed = 0; seed < 4; seed++) {
    const values = bell(4000, seed).map((value) => seed % 2 ? Math.abs(value) ** 3 : value ** 3);
    const histogram = histogramOf(values);
    const { range } = histogram;
    const found = squaredError(histogram, leastSquaredError(histogram));
    for (let low = 1; low <= 40; low++) {
      for (let high = 1; high <= 40; high++) {
        const tried = { min: range.min * low / 40, max: range.max * high / 40 };
        const error = squaredError(histogram, tried);
        assert(found <= error * 1.001, `${found} above ${error} at ${low}, ${high}`);
      }
    }
  }
});

Deno.test("OCTAV: a fixed point by hand", () => {
  // 300 ones and one 100: t = 100 / (300·4⁻⁸/12 + 1), and both halves of the split stay.
  const { min, max } = octav(histogramOf([...Array(300).fill(1), 100]));
  assert.equal(min, 0);
  near(max, 100 / (300 * 4 ** -8 / 12 + 1), HISTOGRAM_BIN);
});

Deno.test("OCTAV and squared error agree on a normal distribution, near 3.9 deviations", () => {
  // 3.92 is the optimum for 8 bits of Banner et al. 2019 (arXiv:1810.05723, §4, Gaussian).
  const histogram = histogramOf(bell(200_000, 5));
  const [newton, search] = [octav(histogram), leastSquaredError(histogram)];
  near(newton.max, 3.92, BELL_CLIP);
  near(-newton.min, 3.92, BELL_CLIP);
  near(search.max - search.min, newton.max - newton.min, BELL_CLIP);
});

Deno.test("entropy: the divergence of four bins in two levels by hand", () => {
  // P = (3, 1, 2, 2 + 4) / 12; Q = (2, 2, 2, 2) / 8: outliers count in P alone.
  const wanted = [3, 1, 2, 6].reduce((sum, p) => sum + p / 12 * Math.log(p / 12 / 0.25), 0);
  near(divergence(Float64Array.of(3, 1, 2, 2), 4, 8, 2), wanted, 1e-12);
  // A bin that is empty in P takes no part of its level.
  const gap = [4, 0, 2, 2].map((p) => p / 8);
  assert.equal(divergence(Float64Array.of(4, 0, 2, 2), 0, 8, 2), 0, gap.join());
  // Outliers over a level without mass: Q = (4, 4, 0, 0.0001) / 8, P = (4, 4, 0, 1) / 9.
  const smoothed = 8 / 9 * Math.log(8 / 9) + Math.log(1 / 9 / (1e-4 / 8)) / 9;
  near(divergence(Float64Array.of(4, 4, 0, 0), 1, 8, 2), smoothed, 1e-12);
});

Deno.test("entropy: values that 128 levels hold exactly are not clipped", () => {
  const values = Array.from({ length: 128 }, (_, i) => (i + 0.5) / 128);
  const { max } = leastDivergence(histogramOf(values));
  near(max, values[127], HISTOGRAM_BIN);
});

Deno.test("entropy: a far outlier among many values is cut off", () => {
  const values = [...bell(50_000, 6).map(Math.abs), 400];
  const { max } = leastDivergence(histogramOf(values));
  assert(max < 100, String(max));
});

Deno.test("a histogram's two sides become one in bins of the wider", () => {
  const histogram = histogramOf([-0.001, -1, 3, 1000, 0, 0]);
  const { width, counts } = histogram.magnitudes();
  assert.equal(width, 0.5);
  assert.equal(histogram.count, 6);
  const filled = [...counts.entries()].filter(([, count]) => count > 0);
  assert.deepEqual(filled, [[0, 1], [2, 1], [6, 1], [2000, 1]]);
});
