/**
 * Writes a core graph, float or quantized, as an ONNX model: channels first, and where it computes
 * in integers with a QuantizeLinear and DequantizeLinear around every operator ("QDQ"), which is the
 * form that ONNX Runtime and other compilers turn into integer kernels.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";
import type { OperatorName } from "../../../runtime/format/operators.ts";
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { VERSION } from "../../version.ts";
import * as elementwise from "./elementwise.ts";
import { Exporter } from "./exporter.ts";
import { matrixRows } from "./matrix_rows.ts";
import * as moves from "./moves.ts";
import { writeAveragePool, writeMaxPool } from "./pools.ts";
import { writeConv2d, writeDepthwise, writeFullyConnected } from "./weighted.ts";

type NodeWriter = (exporter: Exporter, node: CoreNode) => void;

const WRITERS: Partial<Record<OperatorName, NodeWriter>> = {
  Conv2D: writeConv2d,
  DepthwiseConv2D: writeDepthwise,
  FullyConnected: writeFullyConnected,
  MatMul: moves.writeMatMul,
  Add: elementwise.writeAdd,
  Mul: elementwise.writeMul,
  Div: elementwise.writeBinary("Div"),
  Maximum: elementwise.writeBinary("Max"),
  Minimum: elementwise.writeBinary("Min"),
  Pow: elementwise.writeBinary("Pow"),
  MaxPool2D: writeMaxPool,
  AveragePool2D: writeAveragePool,
  Reduce: moves.writeReduce,
  Softmax: elementwise.writeSoftmax,
  Concat: moves.writeConcat,
  Slice: moves.writeSlice,
  Pad: moves.writePad,
  Reshape: moves.writeReshape,
  Transpose: moves.writeTranspose,
  Unary: elementwise.writeUnary,
  Table: elementwise.writeTable,
  Quantize: moves.writeQuantize,
  Dequantize: moves.writeDequantize,
};

/**
 * The model's bytes. Inputs and outputs keep their names, shapes and order of dimensions, and are
 * float32; the same graph gives the same bytes.
 * @param origin the float graph that `graph` was made of: tables are then written as the functions
 *   that they tabulate.
 * @throws KedgeError `model/operator` with all nodes that ONNX has no form for.
 */
export function exportOnnx(graph: CoreGraph, origin?: CoreGraph): Uint8Array<ArrayBuffer> {
  const unknown = graph.nodes.filter(({ op }) => !WRITERS[op]);
  if (unknown.length) throw unsupported(unknown);
  const functions = (origin?.nodes ?? []).filter(({ op }) => op === "Unary")
    .map(({ name, params }): [string, Record<string, number>] => [name, params]);
  const rows = matrixRows(graph);
  const exporter = new Exporter(rows, new Map(functions));
  for (const node of rows.nodes) WRITERS[node.op]!(exporter, node);
  return exporter.finish(VERSION);
}

function unsupported(nodes: readonly CoreNode[]): KedgeError {
  const [{ name, op }] = nodes;
  return new KedgeError({
    code: "model/operator",
    message: `Writing the model as ONNX: ${nodes.length} nodes have no form there`,
    where: { node: name, op },
    details: nodes.map(({ name, op }) => ({
      code: "model/operator",
      message: `"${name}": ${op} cannot be written as ONNX`,
      where: { node: name, op },
    })),
    hint: "convert it to a .kedge file instead",
  });
}
