/**
 * Help, made from the declarations of the commands.
 * @module
 */
import { table } from "../terminal/table.ts";
import type { Command, OptionSpecs } from "./command.ts";

/** What `kedge --help` says. */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, argument, summary }) => [`${name} ${argument}`, summary]);
  return [
    "kedge makes a trained model small, bundles it for the edge, and checks its accuracy there.",
    "",
    "  deno task bundle [MODEL] [options]",
    "  deno task kedge COMMAND [options]",
    "",
    "Commands:",
    indent(table(rows)),
    "",
    "`deno task kedge COMMAND --help` has the options and examples of a command.",
    "Exit codes: 0 done, 1 bad model or data, 2 usage, 3 accuracy floor missed,",
    "4 budget missed, 5 target's tool missing, 70 fault of kedge.",
  ].join("\n");
}

/** What `kedge COMMAND --help` says. */
export function commandHelp({ name, argument, summary, options, examples }: Command): string {
  const lines = examples.flatMap(([line, about]) => [`  # ${about}`, `  ${line}`]);
  return [
    `kedge ${name}: ${summary}`,
    "",
    `  deno task kedge ${name} ${argument} [options]`.replace("  [", " ["),
    "",
    "Options:",
    indent(table(optionRows(options))),
    "",
    "Examples:",
    ...lines,
  ].join("\n");
}

function optionRows(options: OptionSpecs): string[][] {
  return Object.entries(options).map(([name, { value, about, choices, many, on }]) => [
    on ? `--no-${name}` : value ? `--${name} ${value}${many ? "…" : ""}` : `--${name}`,
    choices ? `${about}: ${choices.join(", ")}` : about,
  ]);
}

function indent(text: string): string {
  return text.split("\n").map((line) => `  ${line}`).join("\n");
}
