/**
 * All operators that can be read. A new one is one file and one line here.
 * @module
 */
import { activations, swiGlu } from "./activations.ts";
import { argMax, argMin, hardmax } from "./argmax.ts";
import { binaryOperators, variadicOperators } from "./arithmetic.ts";
import { batchNormalization } from "./batch_normalization.ts";
import { cast } from "./cast.ts";
import { clip } from "./clip.ts";
import { concat, tile } from "./concat.ts";
import { constant, constantOfShape, range, shape, size } from "./constants.ts";
import { conv } from "./conv.ts";
import { convTranspose } from "./conv_transpose.ts";
import { depthToSpace, spaceToDepth } from "./depth_space.ts";
import { expand } from "./expand.ts";
import { gather } from "./gather.ts";
import { gatherElements, gatherNd } from "./gather_elements.ts";
import { gemm } from "./gemm.ts";
import { globalAveragePool, globalLpPool, globalMaxPool } from "./global_pool.ts";
import { dropout, identity } from "./identity.ts";
import { comparisons, isInf, isNaN, not, sign } from "./logic.ts";
import { matMul } from "./matmul.ts";
import {
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  lpNormalization,
  lrn,
  meanVarianceNormalization,
  rmsNormalization,
} from "./normalization.ts";
import { convInteger, matMulInteger, qLinearConv, qLinearMatMul } from "./integer_products.ts";
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from "./quantize_linear.ts";
import { attention } from "./attention.ts";
import { rotaryEmbedding } from "./rotary_embedding.ts";
import { oneHot } from "./one_hot.ts";
import { scatters } from "./scatter.ts";
import { compress, reverseSequence } from "./selections.ts";
import { topK } from "./top_k.ts";
import { trigonometry } from "./trigonometry.ts";
import { bits } from "./bits.ts";
import { fourier } from "./fourier.ts";
import { generators } from "./generators.ts";
import { einsum } from "./einsum.ts";
import { grids } from "./grid_sample.ts";
import type { Operator } from "./operator.ts";
import { centerCropPad, pad } from "./pad.ts";
import { averagePool, lpPool, maxPool } from "./pool.ts";
import { prelu } from "./prelu.ts";
import { gru, lstm, rnn } from "./recurrent_cells.ts";
import { reductions } from "./reduce.ts";
import { mod } from "./remainder.ts";
import { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
import { resize } from "./resize.ts";
import { slice, split } from "./slice.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import { transpose } from "./transpose.ts";
import { cumProd, cumSum, trilu } from "./triangle.ts";
import { unaryOperators } from "./unary.ts";
import { where } from "./where.ts";

/** Every operator of the default ONNX domain that kedge knows. */
export const operators: readonly Operator[] = [
  ...activations,
  ...unaryOperators,
  ...binaryOperators,
  ...variadicOperators,
  ...reductions,
  ...bits,
  ...comparisons,
  ...fourier,
  ...generators,
  ...grids,
  ...scatters,
  ...trigonometry,
  argMax,
  argMin,
  attention,
  averagePool,
  batchNormalization,
  cast,
  centerCropPad,
  clip,
  compress,
  concat,
  constant,
  constantOfShape,
  conv,
  convInteger,
  convTranspose,
  cumProd,
  cumSum,
  depthToSpace,
  dequantizeLinear,
  dropout,
  dynamicQuantizeLinear,
  einsum,
  expand,
  flatten,
  gather,
  gatherElements,
  gatherNd,
  gemm,
  globalAveragePool,
  globalLpPool,
  globalMaxPool,
  groupNormalization,
  gru,
  hardmax,
  identity,
  instanceNormalization,
  isInf,
  isNaN,
  layerNormalization,
  logSoftmax,
  lpNormalization,
  lpPool,
  lrn,
  lstm,
  matMul,
  matMulInteger,
  maxPool,
  meanVarianceNormalization,
  mod,
  not,
  oneHot,
  pad,
  prelu,
  qLinearConv,
  qLinearMatMul,
  quantizeLinear,
  range,
  reshape,
  resize,
  reverseSequence,
  rmsNormalization,
  rnn,
  rotaryEmbedding,
  shape,
  sign,
  size,
  slice,
  softmax,
  spaceToDepth,
  split,
  squeeze,
  swiGlu,
  tile,
  topK,
  transpose,
  trilu,
  unsqueeze,
  where,
];
