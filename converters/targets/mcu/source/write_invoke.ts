/**
 * Writes the part of `model.c` that runs the model: the calls of all layers, in order.
 * @module
 */
import type { ModelTensor } from "../../../../runtime/format/model.ts";
import type { Program, Step } from "../program.ts";
import { type Line, type Roll, rollSteps, type StepLines } from "./roll_steps.ts";
import { commentText } from "./write_header.ts";

/** `kedge_invoke`, with the tables of its loops before it. */
export function invokeText({ steps }: Program): string {
  const texts = steps.map(stepLines);
  const rolls = rollSteps(texts);
  let body = "";
  for (let at = 0; at < texts.length; at++) {
    const number = rolls.findIndex(({ from }) => from === at);
    if (number < 0) {
      body += stepText(texts[at], "  ");
      continue;
    }
    const { from, period, count, fields, steps } = rolls[number];
    const table = fields.length
      ? `    const kedge_step${number} *step = &kedge_steps${number}[i];\n`
      : "";
    body +=
      `  /* ${count} times the same ${period} layers, named as they are the first time. */\n` +
      `  for (int i = 0; i < ${count}; i++) {\n${table}` +
      steps.map((step) => stepText(step, "    ")).join("") + "  }\n";
    at = from + period * count - 1;
  }
  return `${rolls.map(tableText).join("")}void kedge_invoke(void) {\n${body}}\n`;
}

function describe({ dtype, shape }: ModelTensor): string {
  return `${dtype}[${shape}]`;
}

function stepLines({ task, calls, layer, outputOffset }: Step): StepLines {
  const { operator, inputs, output } = task.layer;
  const operands = inputs.length > 8
    ? `${inputs.length} inputs like ${describe(inputs[0])}`
    : inputs.map(describe).join(", ");
  const made = `${operator.op} "${commentText(operator.name)}": ${operands} -> ${describe(output)}`;
  const lines: Line[] = calls.map((call) => ({
    name: call.kernel,
    arguments: call.arguments.map(String),
  }));
  if (layer !== null) {
    const width = output.dtype === "int8" ? 1 : 4;
    const whole = `AT(${outputOffset - task.output.shift})`;
    const size = String(task.output.shift + output.size * width);
    lines.push({ name: "DONE", arguments: [String(layer), whole, size] });
  }
  return { comment: `${layer === null ? "band" : layer}: ${made}`, lines };
}

function stepText({ comment, lines }: StepLines, indent: string): string {
  const calls = lines.map((line) => indent + callText(line.name, line.arguments, indent));
  return `${indent}/* ${comment} */\n${calls.join("")}`;
}

/** One call, broken where it is long. */
export function callText(
  kernel: string,
  parts: readonly (string | number)[],
  indent = "  ",
): string {
  const line = `${kernel}(${parts.join(", ")});\n`;
  if (indent.length + line.length <= 100) return line;
  const half = Math.ceil(parts.length / 2);
  return `${kernel}(${parts.slice(0, half).join(", ")},\n${indent}    ${
    parts.slice(half).join(", ")
  });\n`;
}

/** What differs between the iterations of a loop. */
function tableText({ fields, count }: Roll, number: number): string {
  if (!fields.length) return "";
  const declared = fields.map(({ type, name }) =>
    `  ${type}${type.endsWith("*") ? "" : " "}${name};\n`
  );
  const rows = Array.from(
    { length: count },
    (_, i) => `  {${fields.map(({ values }) => values[i]).join(", ")}},\n`,
  );
  return `typedef struct {\n${declared.join("")}} kedge_step${number};
static const kedge_step${number} kedge_steps${number}[${count}] = {\n${rows.join("")}};\n`;
}
