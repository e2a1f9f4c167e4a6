/**
 * The command line: finds the command, runs it, turns errors into messages and exit codes.
 * @module
 */
import { exitCodeOf, KedgeError, nearestName, VERSION } from "../mod.ts";
import { benchCommand } from "./commands/bench.ts";
import { benchCompressionCommand } from "./commands/bench_compression.ts";
import { blameCommand } from "./commands/blame.ts";
import { bundleCommand } from "./commands/bundle.ts";
import { checkCommand } from "./commands/check.ts";
import type { Command } from "./commands/command.ts";
import { convertCommand } from "./commands/convert.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { commandHelp, generalHelp } from "./commands/help.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { readArguments } from "./commands/read_arguments.ts";
import { searchCommand } from "./commands/search.ts";
import { errorText } from "./report/error.ts";
import { stderrStyle } from "./terminal/style.ts";

const COMMANDS: readonly Command[] = [
  bundleCommand,
  convertCommand,
  checkCommand,
  inspectCommand,
  blameCommand,
  searchCommand,
  benchCommand,
  benchCompressionCommand,
  doctorCommand,
];

/** Runs one command line; gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  // Looked for by hand: an error of the options themselves has to know, too.
  const json = args.includes("--json");
  try {
    return await dispatch(args);
  } catch (thrown) {
    const error = asKedgeError(thrown);
    if (json) console.log(JSON.stringify({ error: error.data }, null, 2));
    else console.error(errorText(error.data, stderrStyle()));
    return exitCodeOf(error.data);
  }
}

async function dispatch([name = "", ...rest]: readonly string[]): Promise<number> {
  if (name === "--version") return say(`kedge ${VERSION}`);
  if (name === "" || name === "--help" || name === "-h" || name === "help") {
    return say(generalHelp(COMMANDS));
  }
  const command = COMMANDS.find((command) => command.name === name);
  if (!command) throw unknownCommand(name);
  if (rest.includes("--help") || rest.includes("-h")) return say(commandHelp(command));
  return await command.run(readArguments(command, rest));
}

function say(text: string): number {
  console.log(text);
  return 0;
}

function unknownCommand(name: string): KedgeError {
  const names = COMMANDS.map((command) => command.name);
  const near = nearestName(name, names);
  return new KedgeError({
    code: "usage/command",
    message: `Reading the command line: there is no command "${name}"`,
    got: name,
    wanted: names.join(", "),
    hint: near ? `did you mean "${near}"?` : "`deno task kedge --help` lists the commands",
  });
}

/** What is not a KedgeError was not foreseen, so it is our bug. */
function asKedgeError(thrown: unknown): KedgeError {
  if (thrown instanceof KedgeError) return thrown;
  const text = thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
  return new KedgeError({
    code: "bug/unexpected",
    message: "Running the command: something went wrong inside kedge",
    got: text,
    hint: "this is a fault of kedge: please report it with the command line and the model",
  });
}

if (import.meta.main) Deno.exit(await main(Deno.args));
