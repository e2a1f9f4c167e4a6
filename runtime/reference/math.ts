/**
 * Elementary functions as explicit single-precision steps, made of +, −, ×, ÷ and square root in a
 * fixed order, so that every target computes the same bits (DESIGN.md §3). No `Math.exp` here.
 *
 * Polynomials: Cephes Math Library, single precision (S. L. Moshier): expf, logf, tanhf. Each
 * kernel language repeats these lines one for one.
 * @module
 */
const f = Math.fround;

/** Constants as float32. Pure calls are left out of bundles that do not use them. */
const floats = (...values: number[]) => values.map(f);

const word = new Int32Array(1);
const real = new Float32Array(word.buffer);

/** 1.5 × 2²³: adding it to |x| < 2²² leaves x rounded half to even in the low bits. */
export const ROUND_MAGIC = 12582912;

/** x rounded half to even; exact for |x| < 2²², which is all that callers have. */
export function roundHalfEven(x: number): number {
  return f(f(x + ROUND_MAGIC) - ROUND_MAGIC);
}

/** 2ⁿ for −126 ≤ n ≤ 127. */
function powerOfTwo(n: number): number {
  word[0] = (n + 127) << 23;
  return real[0];
}

const LOG2_E = /* @__PURE__ */ f(1.44269504088896341);
const LN2_HIGH = /* @__PURE__ */ f(0.693359375);
const LN2_LOW = /* @__PURE__ */ f(-2.12194440e-4);
const EXP_MAX = /* @__PURE__ */ f(88.72283);
const EXP_MIN = /* @__PURE__ */ f(-87.33654);
const EXP = /* @__PURE__ */ floats(
  1.9875691500e-4,
  1.3981999507e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  1.6666665459e-1,
  5.0000001201e-1,
);

/** eˣ in float32; relative error below 2e-7; 0 below −87.33654, ∞ above 88.72283. */
export function exp(x: number): number {
  if (x !== x) return NaN;
  if (x > EXP_MAX) return Infinity;
  if (x < EXP_MIN) return 0;
  const n = roundHalfEven(f(x * LOG2_E));
  let r = f(x - f(n * LN2_HIGH));
  r = f(r - f(n * LN2_LOW));
  let y = EXP[0];
  for (let i = 1; i < EXP.length; i++) y = f(f(y * r) + EXP[i]);
  y = f(f(y * f(r * r)) + r);
  y = f(y + 1);
  const half = n >> 1;
  return f(f(y * powerOfTwo(half)) * powerOfTwo(n - half));
}

const LOG = /* @__PURE__ */ floats(
  7.0376836292e-2,
  -1.1514610310e-1,
  1.1676998740e-1,
  -1.2420140846e-1,
  1.4249322787e-1,
  -1.6668057665e-1,
  2.0000714765e-1,
  -2.4999993993e-1,
  3.3333331174e-1,
);
const SQRT_HALF = /* @__PURE__ */ f(0.707106781186547524);

/** ln x in float32; −∞ at 0, NaN below. */
export function log(x: number): number {
  if (x !== x || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return Infinity;
  let exponent = 0;
  if (x < f(1.17549435e-38)) {
    x = f(x * 8388608);
    exponent = -23;
  }
  real[0] = x;
  exponent += (word[0] >> 23) - 126;
  word[0] = (word[0] & 0x007fffff) | 0x3f000000;
  let m = real[0]; // 0.5 ≤ m < 1
  if (m < SQRT_HALF) {
    exponent -= 1;
    m = f(m + m);
  }
  m = f(m - 1);
  const z = f(m * m);
  let y = LOG[0];
  for (let i = 1; i < LOG.length; i++) y = f(f(y * m) + LOG[i]);
  y = f(f(y * m) * z);
  y = f(y + f(exponent * LN2_LOW));
  y = f(y - f(f(0.5) * z));
  y = f(m + y);
  return f(y + f(exponent * LN2_HIGH));
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: number): number {
  return f(1 / f(1 + exp(f(-x))));
}

const TANH = /* @__PURE__ */ floats(
  -5.70498872745e-3,
  2.06390887954e-2,
  -5.37397155531e-2,
  1.33314422036e-1,
  -3.33332819422e-1,
);

/** Hyperbolic tangent: a polynomial below 0.625, else 1 − 2 / (e^2|x| + 1). */
export function tanh(x: number): number {
  const a = f(Math.abs(x));
  if (a >= 0.625) {
    const y = f(1 - f(2 / f(exp(f(a + a)) + 1)));
    return x < 0 ? f(-y) : y;
  }
  if (x !== x) return NaN;
  const z = f(x * x);
  let y = TANH[0];
  for (let i = 1; i < TANH.length; i++) y = f(f(y * z) + TANH[i]);
  return f(f(f(y * z) * x) + x);
}

// Maclaurin series of erf(x)/x, highest power first: 2/√π · (−1)ⁿ / (n! (2n+1)).
const ERF_SMALL = /* @__PURE__ */ floats(
  -8.5484e-4,
  5.2239776e-3,
  -2.6866171e-2,
  1.1283792e-1,
  -3.7612639e-1,
  1.1283792,
);
// Abramowitz and Stegun, 7.1.26; absolute error 1.5e-7.
const ERF_P = /* @__PURE__ */ f(0.3275911);
const ERF_LARGE = /* @__PURE__ */ floats(
  1.061405429,
  -1.453152027,
  1.421413741,
  -0.284496736,
  0.254829592,
);

/** Error function; the series below 0.5, Abramowitz and Stegun 7.1.26 above. */
export function erf(x: number): number {
  const a = f(Math.abs(x));
  if (a < 0.5) {
    const z = f(x * x);
    let y = ERF_SMALL[0];
    for (let i = 1; i < ERF_SMALL.length; i++) y = f(f(y * z) + ERF_SMALL[i]);
    return f(y * x);
  }
  const t = f(1 / f(1 + f(ERF_P * a)));
  let y = ERF_LARGE[0];
  for (let i = 1; i < ERF_LARGE.length; i++) y = f(f(y * t) + ERF_LARGE[i]);
  y = f(y * t);
  y = f(1 - f(y * exp(f(-f(a * a)))));
  return x < 0 ? f(-y) : y;
}

/** ln(1 + eˣ) as max(x, 0) + ln(1 + e^−|x|). */
export function softplus(x: number): number {
  const rest = log(f(1 + exp(f(-Math.abs(x)))));
  return f((x > 0 ? x : 0) + rest);
}

/** aᵇ: exact products for b = 2 and 3, square root for ½, else e^(b·ln|a|) with a's sign for odd b. */
export function pow(a: number, b: number): number {
  if (b === 2) return f(a * a);
  if (b === 3) return f(f(a * a) * a);
  if (b === 1) return a;
  if (b === 0) return 1;
  if (b === 0.5) return f(Math.sqrt(a));
  if (b === -1) return f(1 / a);
  const whole = Math.floor(b) === b;
  if (a < 0 && !whole) return NaN;
  const y = exp(f(b * log(f(Math.abs(a)))));
  return a < 0 && Math.abs(b % 2) === 1 ? f(-y) : y;
}
