/**
 * All operators by name.
 * @module
 */
import type { SourceNode } from "../graph/graph.ts";
import { batchNormalization } from "./batch_normalization.ts";
import { binary, variadic } from "./binary.ts";
import { cast } from "./cast.ts";
import { concat } from "./concat.ts";
import { constant, constantOfShape, range, shapeOf } from "./constant.ts";
import { conv } from "./conv.ts";
import { gather } from "./gather.ts";
import { gemm } from "./gemm.ts";
import { identity } from "./identity.ts";
import { matMul } from "./mat_mul.ts";
import type { Operator } from "./operator.ts";
import { pad } from "./pad.ts";
import { globalPool, pool } from "./pool.ts";
import { prelu } from "./prelu.ts";
import { reduce } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";
import { softmax } from "./softmax.ts";
import { split } from "./split.ts";
import { transpose } from "./transpose.ts";
import { clip, unary } from "./unary.ts";

const ALL: readonly Operator[] = [
  batchNormalization,
  binary,
  variadic,
  cast,
  concat,
  constant,
  constantOfShape,
  range,
  shapeOf,
  conv,
  gather,
  gemm,
  identity,
  matMul,
  pad,
  globalPool,
  pool,
  prelu,
  reduce,
  reshape,
  slice,
  softmax,
  split,
  transpose,
  clip,
  unary,
];

const BY_NAME = new Map(ALL.flatMap((operator) => operator.names.map((name) => [name, operator])));

/** The operator of a node, or undefined where kedge has none. */
export function findOperator({ op, domain }: SourceNode): Operator | undefined {
  return domain === "" ? BY_NAME.get(op) : undefined;
}

/** Names of all operators of the default ONNX domain that kedge takes, sorted. */
export function supportedOperators(): string[] {
  return [...BY_NAME.keys()].sort();
}
