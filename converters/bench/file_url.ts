/**
 * Paths as URLs.
 * @module
 */

/** URL of an absolute path, whatever characters it has. */
export function toFileUrl(path: string): string {
  const url = new URL("file:///");
  url.pathname = path.replaceAll("%", "%25");
  return url.href;
}
