/** Every tolerance that a test may use, with its reason. Integer results have none: they are equal. */

/** float32 bundle against onnxruntime-web: largest error as a share of the output's range. */
export const FLOAT32_RELATIVE = 1e-4;

/** Float kernels that may fuse multiply and add, against the reference: share of the output's range. */
export const FUSED_MULTIPLY_ADD = 2e-6;

/** float32 3×3 convolutions by F(4×4, 3×3), up to 128 channels of noise: share of the sums' range. */
export const WINOGRAD_FLOAT32 = 3e-6;

/** How far a value may be from the one wanted: absolute + relative × |wanted|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Slope of the loss between two points of float32 parameters against the computed gradient. */
export const NUMERICAL_GRADIENT: Tolerance = { relative: 0.05, absolute: 2e-4 };

/** ONNX node tests: a few roundings of float32. */
export const NODE_TEST: Tolerance = { relative: 1e-5, absolute: 1e-7 };

/** Spectra of a hundred values, which cancel; the wanted ones were summed in float32. */
export const NODE_TEST_SPECTRUM: Tolerance = { relative: 1e-5, absolute: 1e-6 };

/** What the ONNX project itself allows its node tests. */
export const NODE_TEST_STANDARD: Tolerance = { relative: 1e-3, absolute: 1e-7 };

/** int8 of one operator in ONNX Runtime, whose scales are multiplied in another order: ties only. */
export const ONNX_RUNTIME_QUANTA = 1;

/** float32 of one operator in ONNX Runtime, whose sums run in another order: share of the range. */
export const ONNX_RUNTIME_FLOAT32 = 1e-5;

/** Mean difference of a quantized model's outputs in ONNX Runtime from kedge's: share of the range. */
export const ONNX_RUNTIME_QUANTIZED_MODEL = 2e-3;

/** One node on values around 1 against ONNX Runtime, whose sums run in another order. */
export const RANDOM_NODE: Tolerance = { relative: 1e-5, absolute: 1e-5 };

/** A simplified graph against the original: rounding of folded constants, share of the output's range. */
export const SIMPLIFIED = 1e-5;

/** One product of values around 1 added in float32 to a sum of a few hundred. */
export const FLOAT32_SUMS = 1e-6;

/** A bin of calibration's histograms, at most this share of the largest value. */
export const HISTOGRAM_BIN = 1 / 1024;

/** Best clipping of 200,000 normal values, whose few outliers decide it, against the theory's. */
export const BELL_CLIP = 0.05;

/** A small linear system with float32 coefficients, solved in float64. */
export const FLOAT64_SOLVE = 1e-6;

/** Slopes of float32 networks with kinks by finite differences: share, and absolute. */
export const FINITE_DIFFERENCE = 0.03;

/** A few float64 sums and quotients against the same worked by hand. */
export const BY_HAND = 1e-9;
