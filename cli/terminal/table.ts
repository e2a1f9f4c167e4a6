/**
 * Columns of text.
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/**
 * Rows as lines with aligned columns, two blanks apart.
 * @param right numbers of the columns that are aligned to the right.
 */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const width = (text: string) => [...stripVTControlCharacters(text)].length;
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, width(cell)));
  }
  return rows.map((row) =>
    row.map((cell, column) => {
      const blanks = " ".repeat(widths[column] - width(cell));
      return right.includes(column) ? blanks + cell : cell + blanks;
    }).join("  ").trimEnd()
  ).join("\n");
}
