/**
 * What a command is.
 * @module
 */
import type { Arguments } from "./read_arguments.ts";

/** An option as it is declared; one without `value` is a switch. */
export interface OptionSpec {
  /** What stands for the value in help, for example "FILE". */
  value?: string;
  /** One line of help. */
  about: string;
  /** The only values that are taken; "name:K" is the name with a whole number. */
  choices?: readonly string[];
  /** May be given more than once, or with commas. */
  many?: boolean;
  /** A switch that is on by itself; `--no-NAME` turns it off. */
  on?: boolean;
}

/** Options by name without dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** One command. */
export interface Command {
  name: string;
  /** One line of help. */
  summary: string;
  /** The argument behind the command, in capitals; "[MODEL]" when it can be left out, "" for none. */
  argument: string;
  options: OptionSpecs;
  /** Command lines with what they do. */
  examples: readonly (readonly [line: string, about: string])[];
  /** Runs it; gives the exit code. */
  run(given: Arguments): Promise<number>;
}
