/**
 * What an operator of the source format is to the converter.
 * @module
 */
import type { DType, TensorData } from "../graph/graph.ts";
import type { Lowering } from "./lowering.ts";
import type { NodeContext } from "./node_context.ts";

/** Element type and shape of an output. */
export interface TensorType {
  dtype: DType;
  shape: number[];
  /** Values of an output that is constant whatever the inputs are. */
  data?: TensorData;
}

/** One operator, or a family of alike ones. */
export interface Operator {
  /** Names in the default ONNX domain. */
  readonly names: readonly string[];
  /**
   * Types of the outputs. Calls `context.fail` for a model that is wrong, and `context.refuse` for one
   * that the runtime cannot take.
   */
  infer(context: NodeContext): TensorType[];
  /** Values of the outputs of a node whose inputs are all constant; left out where never needed. */
  evaluate?(
    context: NodeContext,
    outputs: readonly TensorType[],
  ): TensorData[];
  /** The outputs depend on the inputs' shapes alone, so that the node folds always. */
  readonly shapesOnly?: boolean;
  /**
   * Computed inputs and outputs may be of boolean or integer types, whose values the runtime holds as
   * float32: for operators that are exact on whatever values those are.
   */
  readonly takesIntegers?: boolean;
  /** Inputs that are indices: float32 has room for all that are in reach, whatever their type. */
  readonly indices?: readonly number[];
  /** Only moves the values of its inputs. */
  readonly moves?: boolean;
  /** Emits the node in the runtime's operators; left out where it can only be folded. */
  lower?(context: Lowering): void;
}
