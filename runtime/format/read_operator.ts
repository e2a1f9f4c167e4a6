/**
 * Reads and checks the operators of a `.kedge` file.
 * @module
 */
import { corrupt, type Table } from "./flatbuffer_view.ts";
import type { ModelOperator, ModelTensor } from "./model.ts";
import type { OperatorName, OperatorSpec } from "./operators.ts";
import type { Rule } from "./rules.ts";

/** An operator that a file may hold. */
export interface KnownOperator extends OperatorSpec {
  readonly op: OperatorName;
  /** What its shapes and types must be. */
  readonly rule: Rule;
}

/**
 * Reads one operator.
 * @param known operators that this runtime holds; others are refused.
 * @param index checks a tensor's number for a field.
 * @throws KedgeError `model/corrupt` naming operator and field.
 */
export function readOperator(
  table: Table,
  known: readonly KnownOperator[],
  tensors: readonly ModelTensor[],
  index: (field: string) => (i: number) => number,
): ModelOperator {
  const name = table.text(1);
  const field = (what: string) => `operator "${name}".${what}`;
  const code = table.uint8(0);
  const spec = known.find((spec) => spec.code === code) ??
    corrupt(field("code"), code, "an operator that this runtime holds");
  const { op, rule } = spec;
  const inputs = table.numbers(2, "uint16").map(index(field("inputs")));
  if (inputs.length < spec.inputs[0] || inputs.length > spec.inputs[1]) {
    corrupt(field("inputs"), inputs.length, spec.inputs.join("…"));
  }
  const output = index(field("output"))(table.uint16(3));
  if (tensors[output].data) {
    corrupt(field("output"), tensors[output].name, "an activation");
  }
  const { params, list } = readParameters(table, name, spec);
  const { min, max } = params;
  if (tensors[output].dtype === "int8" && "min" in params && !(isInt8(min) && isInt8(max))) {
    corrupt(field("min"), `${min}…${max}`, "whole numbers in −128…127");
  }
  const wrong = rule({
    inputs: inputs.map((i) => tensors[i]),
    output: tensors[output],
    params,
    list,
  });
  if (wrong) {
    corrupt(field(op), wrong, "shapes and types that fit the operator");
  }
  return { op, name, inputs, output, params: params as ModelOperator["params"], list };
}

function readParameters(
  table: Table,
  name: string,
  spec: OperatorSpec,
): { params: Record<string, number>; list: number[] } {
  const field = (what: string) => `operator "${name}".${what}`;
  const ints = table.numbers(4, "int32");
  const floats = table.numbers(5, "float32");
  const list = ints.slice(spec.ints.length);
  if (ints.length < spec.ints.length || (list.length && !spec.list)) {
    corrupt(field("ints"), ints.length, `${spec.ints.length} parameters`);
  }
  if (floats.length !== spec.floats.length || floats.some(Number.isNaN)) {
    corrupt(field("floats"), floats.join(), `${spec.floats.length} numbers`);
  }
  const params: Record<string, number> = {};
  spec.ints.forEach((key, i) => params[key] = ints[i]);
  spec.floats.forEach((key, i) => params[key] = floats[i]);
  if (params.min > params.max) {
    corrupt(field("min"), params.min, `at most ${params.max}`);
  }
  return { params, list };
}

const isInt8 = (value: number) => Number.isInteger(value) && value >= -128 && value <= 127;
