/**
 * Reads a command line by a command's declaration.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { KedgeError, nearestName } from "../../mod.ts";
import type { Command, OptionSpecs } from "./command.ts";

/** A command line that was read: values as text, to be asked for by name. */
export class Arguments {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #switches: ReadonlyMap<string, boolean>;

  /** `argument` stands behind the command, or is undefined. */
  constructor(
    readonly argument: string | undefined,
    values: ReadonlyMap<string, readonly string[]>,
    switches: ReadonlyMap<string, boolean>,
  ) {
    this.#values = values;
    this.#switches = switches;
  }

  /** Whether a switch is on. */
  isOn(name: string): boolean {
    return this.#switches.get(name) ?? false;
  }

  /** Whether the option was given at all. */
  has(name: string): boolean {
    return this.#values.has(name) || this.#switches.has(name);
  }

  /** Value of an option, or undefined. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values of an option that may be repeated. */
  list(name: string): string[] {
    return (this.#values.get(name) ?? []).flatMap((text) => text.split(",")).filter(Boolean);
  }

  /**
   * A number.
   * @throws KedgeError `usage/value`.
   */
  number(name: string): number | undefined {
    return this.parsed(name, "a number", (text) => text.trim() === "" ? NaN : Number(text));
  }

  /**
   * Bytes: "36KB", "1.5MiB", "2000". KB is 1000 bytes, KiB 1024.
   * @throws KedgeError `usage/value`.
   */
  bytes(name: string): number | undefined {
    return this.parsed(name, "a size like 256KB, 1.5MB or 100KiB", (text) => {
      const parts = /^([\d.]+)\s*([kmg]?)(i?)b?$/i.exec(text.trim());
      if (!parts) return NaN;
      const power = " kmg".indexOf(parts[2].toLowerCase() || " ");
      return Math.floor(Number(parts[1]) * (parts[3] ? 1024 : 1000) ** power);
    });
  }

  /**
   * A share: "1%" or "0.01".
   * @throws KedgeError `usage/value`.
   */
  share(name: string): number | undefined {
    return this.parsed(name, "a share like 1% or 0.01", (text) => {
      const percent = /^\s*([\d.]+)\s*%\s*$/.exec(text);
      const value = percent ? Number(percent[1]) / 100 : Number(text.trim() || NaN);
      return value >= 0 && value <= 1 ? value : NaN;
    });
  }

  /** Value of an option that `read` understands; NaN means that it does not. */
  parsed(name: string, wanted: string, read: (text: string) => number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = read(text);
    if (Number.isFinite(value)) return value;
    throw wrongValue(name, text, wanted);
  }
}

/** The error of an option whose value cannot be taken. */
export function wrongValue(name: string, got: string, wanted: string): KedgeError {
  return new KedgeError({
    code: "usage/value",
    message: `Reading the command line: --${name} does not take "${got}"`,
    got,
    wanted,
    hint: "add --help for all options",
  });
}

/**
 * Reads what stands behind the command.
 * @throws KedgeError `usage/option`, `usage/value` or `usage/argument`.
 */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const specs = command.options;
  const names = Object.keys(specs);
  const withValue = names.filter((name) => specs[name].value);
  const parsed = parseArgs([...args], {
    string: [...withValue, "_"],
    collect: withValue,
    boolean: names.filter((name) => !specs[name].value),
    negatable: names.filter((name) => specs[name].on),
    alias: { out: "o" },
    unknown: (arg, key) => {
      if (key !== undefined) throw unknownOption(arg, specs);
    },
  });
  const rest = parsed._.map(String);
  const wanted = command.argument === "" ? 0 : 1;
  if (rest.length > wanted) throw wrongArgument(command, `too many arguments: ${rest.join(" ")}`);
  if (rest.length < wanted && !command.argument.startsWith("[")) {
    throw wrongArgument(command, `${command.argument} is missing`);
  }
  const values = new Map<string, readonly string[]>();
  for (const name of withValue) {
    const given = parsed[name] as string[];
    if (given.length === 0) continue;
    for (const text of given) checkValue(name, text, specs);
    values.set(name, given);
  }
  const switches = new Map<string, boolean>();
  for (const name of names.filter((name) => !specs[name].value)) {
    const given = args.some((arg) => arg === `--${name}` || arg === `--no-${name}`);
    if (given) switches.set(name, Boolean(parsed[name]));
  }
  return new Arguments(rest[0], values, switches);
}

function checkValue(name: string, text: string, specs: OptionSpecs): void {
  const { value = "", choices, many } = specs[name];
  if (text === "") {
    throw new KedgeError({
      code: "usage/value",
      message: `Reading the command line: --${name} has no value`,
      wanted: `--${name} ${value}`,
      hint: "a value that begins with a dash is written --name=value",
    });
  }
  for (const part of many ? text.split(",") : [text]) {
    if (!choices || choices.some((choice) => fits(part, choice))) continue;
    const near = nearestName(part, choices);
    const { data } = wrongValue(name, part, choices.join(", "));
    throw new KedgeError({ ...data, hint: near ? `did you mean "${near}"?` : data.hint });
  }
}

/** Whether a value is a choice; "name:K" stands for the name with any whole number. */
function fits(value: string, choice: string): boolean {
  const stem = choice.endsWith(":K") ? choice.slice(0, -1) : null;
  return stem === null
    ? value === choice
    : value.startsWith(stem) && /^\d+$/.test(value.slice(stem.length));
}

function unknownOption(arg: string, specs: OptionSpecs): KedgeError {
  const name = arg.replace(/^-+/, "").replace(/=.*$/s, "");
  const names = Object.keys(specs).flatMap((key) => specs[key].on ? [key, `no-${key}`] : [key]);
  const near = nearestName(name, names);
  return new KedgeError({
    code: "usage/option",
    message: `Reading the command line: there is no option "${arg}"`,
    got: arg,
    wanted: names.map((key) => `--${key}`).join(", "),
    hint: near ? `did you mean "--${near}"?` : "add --help for all options",
  });
}

function wrongArgument({ name, argument }: Command, what: string): KedgeError {
  return new KedgeError({
    code: "usage/argument",
    message: `Reading the command line: ${what}`,
    wanted: `deno task kedge ${name} ${argument} [options]`,
    hint: `\`deno task kedge ${name} --help\` has examples`,
  });
}
