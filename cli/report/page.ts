/**
 * One HTML file that needs nothing from anywhere.
 * @module
 */
import { escape } from "./escape.ts";
import { STYLESHEET } from "./stylesheet.ts";

/** The whole page around its body. */
export function page({ title, body }: { title: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLESHEET}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
