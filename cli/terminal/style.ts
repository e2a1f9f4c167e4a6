/**
 * Colours, where a terminal wants them.
 * @module
 */
import { styleText } from "node:util";

/** Ways to mark a piece of text. */
export interface Style {
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

/** Marks nothing. */
export const PLAIN: Style = { strong: same, good: same, bad: same, faint: same };

const COLOURED: Style = {
  strong: (text) => styleText("bold", text, { validateStream: false }),
  good: (text) => styleText("green", text, { validateStream: false }),
  bad: (text) => styleText("red", text, { validateStream: false }),
  faint: (text) => styleText("gray", text, { validateStream: false }),
};

/** For standard output: colours on a terminal without NO_COLOR. */
export function stdoutStyle(): Style {
  return Deno.stdout.isTerminal() && !Deno.noColor ? COLOURED : PLAIN;
}

/** The same for standard error. */
export function stderrStyle(): Style {
  return Deno.stderr.isTerminal() && !Deno.noColor ? COLOURED : PLAIN;
}

function same(text: string): string {
  return text;
}
