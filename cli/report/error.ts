/**
 * An error as text.
 * @module
 */
import type { ErrorData } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";

/** Most details that are shown one by one. */
const MOST_DETAILS = 40;

/** The error on one line, then where, got, wanted and hint, each on its own. */
export function errorText(error: ErrorData, style: Style = PLAIN): string {
  const { code, message, where = {}, got, wanted, hint, details = [] } = error;
  const place = Object.entries(where).map(([kind, name]) => `${kind} "${name}"`).join(", ");
  const lines = [`${style.bad("error")} ${message} ${style.faint(`[${code}]`)}`];
  const add = (label: string, text: string | undefined) => {
    if (text) lines.push(`  ${label.padEnd(6)} ${text.replaceAll("\n", "\n         ")}`);
  };
  add("where", place);
  if (details.length) {
    lines.push(...details.slice(0, MOST_DETAILS).map((detail) => `  - ${detail.message}`));
    if (details.length > MOST_DETAILS) lines.push(`  … ${details.length - MOST_DETAILS} more`);
  } else {
    add("got", got);
    add("wanted", wanted);
  }
  add("hint", hint);
  return lines.join("\n");
}
