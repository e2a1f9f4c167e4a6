/**
 * Versions of npm packages.
 * @module
 */

/** Version in the package.json nearest above a module, or "". */
export async function packageVersion(module: string): Promise<string> {
  for (let url = new URL("./", module); url.pathname !== "/"; url = new URL("../", url)) {
    try {
      return JSON.parse(await Deno.readTextFile(new URL("package.json", url))).version ?? "";
    } catch {
      // further up
    }
  }
  return "";
}
