/**
 * Comma-separated values (RFC 4180): quotes, doubled quotes, CRLF.
 * @module
 */

/** Rows as lists of fields; empty lines are left out. A stray quote stands for itself. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /("[^"]*(?:""[^"]*)*"|[^,\r\n]*)(,|\r?\n|\r|$)/y;
  const body = text.replace(/^\ufeff/, "");
  while (field.lastIndex < body.length) {
    const [, raw, end] = field.exec(body) ?? ["", "", ""];
    const quoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"');
    row.push(quoted ? raw.slice(1, -1).replaceAll('""', '"') : raw.trim());
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push([...row, ""]);
  return rows;
}
