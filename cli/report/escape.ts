/**
 * Text as HTML text.
 * @module
 */

const NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Escapes what HTML gives a meaning to. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => NAMES[sign]);
}
