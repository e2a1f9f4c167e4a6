/** Random ONNX nodes with their attributes in all their forms, to be compared with ONNX Runtime. */
import * as activations from "./oracle_activations.ts";
import type { CaseMaker } from "./oracle_case.ts";
import * as places from "./oracle_places.ts";
import * as shapes from "./oracle_shapes.ts";
import * as signals from "./oracle_signals.ts";
import * as values from "./oracle_values.ts";
import * as windows from "./oracle_windows.ts";

/** Families of operators. */
export const FAMILIES: Readonly<Record<string, CaseMaker>> = {
  conv: windows.conv,
  convTranspose: windows.convTranspose,
  pool: windows.pool,
  resize: windows.resize,
  gather: places.gather,
  scatter: places.scatter,
  topK: places.topK,
  select: places.select,
  oneHot: places.oneHot,
  slice: shapes.slice,
  pad: shapes.pad,
  reshape: shapes.reshape,
  move: shapes.move,
  rearrange: shapes.rearrange,
  triangle: shapes.triangle,
  dft: signals.dft,
  stft: signals.stft,
  gridSample: signals.gridSample,
  einsum: signals.einsum,
  softmax: values.softmax,
  reduce: values.reduce,
  binary: values.binary,
  gemm: values.gemm,
  unary: activations.unary,
  clip: activations.clip,
  normalization: activations.normalization,
  argMax: activations.argMax,
  trigonometry: activations.trigonometry,
  compare: activations.compare,
  recurrent: activations.recurrent,
};
