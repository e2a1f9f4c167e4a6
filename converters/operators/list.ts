/**
 * All operators that can be read. A new one is one file and one line here.
 * @module
 */
import { binaryOperators, variadicOperators } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { clip } from "./clip.ts";
import { concat, tile } from "./concat.ts";
import { constant, constantOfShape, range, shape, size } from "./constants.ts";
import { conv } from "./conv.ts";
import { expand } from "./expand.ts";
import { gather } from "./gather.ts";
import { gemm } from "./gemm.ts";
import { dropout, identity } from "./identity.ts";
import { comparisons, mod, not, where } from "./logic.ts";
import { matMul } from "./matmul.ts";
import { batchNormalization, instanceNormalization, layerNormalization } from "./normalization.ts";
import type { Operator } from "./operator.ts";
import { pad } from "./pad.ts";
import { averagePool, maxPool } from "./pool.ts";
import { prelu } from "./prelu.ts";
import { globalAveragePool, globalMaxPool, reductions } from "./reduce.ts";
import { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
import { slice, split } from "./slice.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import { transpose } from "./transpose.ts";
import { unaryOperators } from "./unary.ts";

/** Every operator of the default ONNX domain that kedge knows. */
export const operators: readonly Operator[] = [
  ...unaryOperators,
  ...binaryOperators,
  ...variadicOperators,
  ...reductions,
  ...comparisons,
  averagePool,
  batchNormalization,
  cast,
  clip,
  concat,
  constant,
  constantOfShape,
  conv,
  dropout,
  expand,
  flatten,
  gather,
  gemm,
  globalAveragePool,
  globalMaxPool,
  identity,
  instanceNormalization,
  layerNormalization,
  logSoftmax,
  matMul,
  maxPool,
  mod,
  not,
  pad,
  prelu,
  range,
  reshape,
  shape,
  size,
  slice,
  softmax,
  split,
  squeeze,
  tile,
  transpose,
  unsqueeze,
  where,
];
