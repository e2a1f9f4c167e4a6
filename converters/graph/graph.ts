/**
 * The graph that a model is while it is converted: first with the source format's operators
 * (`SourceGraph`), then with the runtime's own (`CoreGraph`).
 * @module
 */
import type { OperatorName } from "../../runtime/format/operators.ts";

/** Element types that a source model can have. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool"
  | "string";

/** Constant data by element type: float16 is kept as decoded Float32Array, bool as Uint8Array. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** How quantized integers stand for real values: real = scale × (q − zeroPoint). */
export interface Quantization {
  /** Scale of the tensor, a float32 value; with `channelScales`, the factor common to all. */
  scale: number;
  /** −128…127; 0 for weights. */
  zeroPoint: number;
  /** float16 bits of each channel's scale relative to `scale`: scale[c] = f32(scale × half[c]). */
  channelScales?: Uint16Array;
  /** Channel axis of `channelScales`. */
  axis?: number;
}

/** A tensor: an activation, or a constant when `data` is there. */
export interface Tensor {
  /** Unique in its graph. */
  name: string;
  /** Element type. */
  dtype: DType;
  /** Static shape, or null while it is not known. */
  shape: number[] | null;
  /** Values of a constant, row-major. */
  data?: TensorData;
  /** Set on quantized tensors only. */
  quantization?: Quantization;
  /** How a constant is to stand in the file; the dtype's own encoding when left out. */
  encoding?: "float16";
}

/** Value of a source operator's attribute. int64 beyond 2^53 is clamped to ±2^53. */
export type Attribute =
  | number
  | string
  | number[]
  | string[]
  | Tensor
  | SourceGraph;

/** A node with the source format's operator. An absent optional input is "". */
export interface SourceNode {
  name: string;
  /** Operator type as ONNX spells it. */
  op: string;
  /** "" for the default ONNX domain. */
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

/** A node with one of the runtime's operators; see runtime/format/operators.ts for its meaning. */
export interface CoreNode<Op extends OperatorName = OperatorName> {
  name: string;
  op: Op;
  inputs: string[];
  /** Name of the only output. */
  output: string;
  /** By the names that `OPERATORS[op]` lists. */
  params: Record<string, number>;
  list: number[];
}

/** What both stages have in common. */
export interface GraphBase<N> {
  name: string;
  /** In an order in which every node stands behind its producers. */
  nodes: N[];
  tensors: Map<string, Tensor>;
  /** Names of the inputs that are not constants. */
  inputs: string[];
  outputs: string[];
}

/** A graph in the source format's operators. */
export interface SourceGraph extends GraphBase<SourceNode> {
  /** Operator set version of the default domain. */
  opset: number;
}

/** A graph in the runtime's operators. All shapes are known. */
export type CoreGraph = GraphBase<CoreNode>;

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
