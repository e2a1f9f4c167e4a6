/**
 * Packages that only benchmarks want: no part of kedge's dependencies, fetched when they are asked
 * for.
 * @module
 */
import { KedgeError } from "../../../runtime/format/error.ts";

/** Packages in Deno's cache: URL of each one's folder, with a slash behind, by name. */
export type Packages = ReadonlyMap<string, URL>;

/**
 * Has Deno fetch npm packages into its cache; what is there already is not asked for again. Neither
 * kedge's configuration nor its lock file know of them.
 * @param specifiers "npm:@scope/name@version".
 * @returns the packages and all that they depend on.
 * @throws KedgeError `tool/NAME` when they cannot be had.
 */
export async function installPackages(
  tool: string,
  specifiers: readonly string[],
): Promise<Packages> {
  try {
    await deno(["cache", "--quiet", "--no-config", "--no-lock", ...specifiers]);
    const found = new Map<string, URL>();
    for (const specifier of specifiers) {
      const info = await deno(["info", "--json", "--no-config", "--no-lock", specifier]);
      const { npmPackages } = JSON.parse(info) as {
        npmPackages: Record<string, { name: string; localPath: string }>;
      };
      for (const { name, localPath } of Object.values(npmPackages)) {
        found.set(name, new URL(`file://${localPath}/`));
      }
    }
    return found;
  } catch (cause) {
    throw new KedgeError({
      code: `tool/${tool}`,
      message: `Comparing with ${tool}: its packages cannot be had`,
      got: cause instanceof Error ? cause.message : String(cause),
      wanted: specifiers.join(", "),
      hint: `leave ${tool} out of --vs, or see that npm's registry can be reached`,
    }, { cause });
  }
}

async function deno(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr).trim());
  return text.decode(stdout);
}
