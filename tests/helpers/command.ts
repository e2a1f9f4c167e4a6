/** Runs the command line in a process of its own, as people do. */
import { fileURLToPath } from "node:url";

/** What a command line left behind. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** `kedge ...args`, in the given folder. */
export async function kedge(args: readonly string[], cwd?: string): Promise<Outcome> {
  return await runDeno(["run", "-A", "--quiet", "--config", CONFIG, MAIN, ...args], cwd);
}

/** `deno ...args`. */
export async function runDeno(args: readonly string[], cwd?: string): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
