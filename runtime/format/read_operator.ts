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
  const fail = (what: string, got: string | number, wanted: string) =>
    corrupt(field(what), got, wanted);
  const code = table.number(0, Uint8Array);
  const spec = known.find((spec) => spec.code === code) ??
    fail("code", code, "an operator that this runtime holds");
  const { op, rule } = spec;
  const inputs = table.numbers(2, Uint16Array).map(index(field("inputs")));
  const [fewest, most] = spec.inputs;
  if (inputs.length < fewest || inputs.length > most) {
    fail("inputs", inputs.length, `${fewest}…${most}`);
  }
  const output = index(field("output"))(table.number(3, Uint16Array));
  if (tensors[output].data) fail("output", tensors[output].name, "an activation");
  const ints = table.numbers(4, Int32Array);
  const floats = table.numbers(5, Float32Array);
  const list = ints.slice(spec.ints.length);
  if (ints.length < spec.ints.length || (list.length && !spec.list)) {
    fail("ints", ints.length, `${spec.ints.length} parameters`);
  }
  if (floats.length !== spec.floats.length || floats.some(Number.isNaN)) {
    fail("floats", floats.join(), `${spec.floats.length} numbers`);
  }
  const params: Record<string, number> = {};
  spec.ints.forEach((key, i) => params[key] = ints[i]);
  spec.floats.forEach((key, i) => params[key] = floats[i]);
  const { min, max } = params;
  if (min > max) fail("min", min, `at most ${max}`);
  if (tensors[output].dtype === "int8" && "min" in params && !(isInt8(min) && isInt8(max))) {
    fail("min", `${min}…${max}`, "whole numbers in −128…127");
  }
  const wrong = rule({
    inputs: inputs.map((i) => tensors[i]),
    output: tensors[output],
    params,
    list,
  });
  if (wrong) fail(op, wrong, "shapes and types that fit the operator");
  return { op, name, inputs, output, params: params as ModelOperator["params"], list };
}

const isInt8 = (value: number) => Number.isInteger(value) && value >= -128 && value <= 127;
