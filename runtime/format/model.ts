/**
 * A packed model after reading and checking: what the reference, the engine and `inspect` work on.
 * @module
 */
import type { OperatorName, ParameterName } from "./operators.ts";

/** Element types of the runtime. Activations are float32 or int8; int32 is for biases. */
export type DType = "float32" | "int8" | "int32";

/** How the bytes of a constant stand in the file. `dtype` is what they become when decoded. */
export type Encoding = "float32" | "float16" | "int8" | "int16" | "int32";

/** How int8 bytes can stand in the file otherwise; the reader unpacks them (unpack/). */
export type Coding =
  | "int4"
  | "int2"
  | "ternary"
  | "binary"
  | "pow2"
  | "codebook"
  | "bitmask"
  | "n_of_m"
  | "groups"
  | "live"
  | "bits"
  | "rans"
  | "adaptive"
  | "transposed"
  | "concise";

/** One tensor of a packed model. */
export interface ModelTensor {
  /** Name, unique in the model. */
  readonly name: string;
  /** Element type when computed with. */
  readonly dtype: DType;
  /** Static shape, each at least 1, rank 0 to 6. */
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  /** Byte offset in the arena (16-byte aligned), or −1 for a constant. */
  readonly offset: number;
  /** Encoded bytes of a constant, a view on the file or unpacked, or null for an activation. */
  readonly data: Uint8Array | null;
  /** How `data` is encoded. */
  readonly encoding: Encoding;
  /** How `data` stood in the file where it had to be unpacked: codings from the outermost inwards. */
  readonly coded?: { readonly codings: readonly Coding[]; readonly bytes: number };
  /** real = scale × (q − zeroPoint); 1 where not quantized. For a constant with `scales`, unused. */
  readonly scale: number;
  /** Zero point, −128…127; 0 where not quantized and for weights. */
  readonly zeroPoint: number;
  /** Per-channel scale of a weight (float32 values), along `axis`; null where per tensor. */
  readonly scales: Float32Array | null;
  /** Channel axis of `scales`. */
  readonly axis: number;
}

/** One operator of a packed model, in running order. */
export interface ModelOperator<Op extends OperatorName = OperatorName> {
  /** Operator name. */
  readonly op: Op;
  /** Layer name, as far as possible that of the source model's node. */
  readonly name: string;
  /** Indices into `Model.tensors`. */
  readonly inputs: readonly number[];
  /** Index into `Model.tensors`; every runtime operator has one output. */
  readonly output: number;
  /** Named parameters, as `OPERATORS[op]` lists them; floats are float32 values. */
  readonly params: Readonly<Record<ParameterName<Op>, number>>;
  /** The operator's list, empty where it has none. */
  readonly list: readonly number[];
}

/** Preprocessing of 8-bit pixels: `(value × scale − mean) / std` per channel. */
export interface Preprocess {
  /** Channel order that the model wants. */
  readonly color: "rgb" | "bgr" | "gray";
  /** Height and width that the picture is resized to (bilinear), or null for none. */
  readonly resize: readonly [number, number] | null;
  /** Multiplies the raw value. */
  readonly scale: number;
  /** Subtracted per channel after scaling; one value stands for all. */
  readonly mean: readonly number[];
  /** Divides per channel; one value stands for all. */
  readonly std: readonly number[];
  /** Where the channels stand in the model's input. */
  readonly layout: "NHWC" | "NCHW";
}

/** One golden sample: what went in and, bit for bit, what came out of the reference. */
export interface GoldenSample {
  /** Values of every model input, in order: int8 bytes for an input that is quantized first (dequantize to get the float input), else float32 bytes. */
  readonly inputs: readonly Uint8Array[];
  /** Bytes of every model output, in order. */
  readonly outputs: readonly Uint8Array[];
  /** `hash32` of every operator's output, in running order. */
  readonly hashes: Uint32Array;
}

/** Where a packed model came from. */
export interface Provenance {
  /** Name of the source model. */
  readonly name: string;
  /** SHA-256 of the source file, lower-case hex. */
  readonly sha256: string;
  /** kedge version that packed it. */
  readonly kedge: string;
  /** The recipe, as canonical JSON. */
  readonly recipe: string;
}

/** A packed model, checked. */
export interface Model {
  /** All tensors. */
  readonly tensors: readonly ModelTensor[];
  /** Operators in running order. */
  readonly operators: readonly ModelOperator[];
  /** Tensor indices of the model's inputs (float32, in the user's own layout). */
  readonly inputs: readonly number[];
  /** Tensor indices of the model's outputs. */
  readonly outputs: readonly number[];
  /** Bytes of the arena that holds all activations. */
  readonly arenaBytes: number;
  /** Preprocessing, or null. */
  readonly preprocess: Preprocess | null;
  /** Class names, may be empty. */
  readonly labels: readonly string[];
  /** Golden samples. */
  readonly golden: readonly GoldenSample[];
  /** Where it came from. */
  readonly provenance: Provenance;
}

/** Typed arrays that tensors are handed over in. */
export type TensorArray = Float32Array | Int8Array | Int32Array;

/** Inputs or outputs of a model, by tensor name. */
export type TensorMap = Record<string, TensorArray>;

/**
 * Called after each operator with its place in running order and a view of its output bytes; the
 * view is valid only during the call.
 */
export type LayerHook = (index: number, output: Uint8Array) => void;
