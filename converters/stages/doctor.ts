/**
 * Tells which targets can be built and run on this machine.
 * @module
 */
import {
  type Board,
  BOARDS,
  installLine,
  programsOf,
  versionOf as programVersion,
} from "../targets/mcu/mod.ts";

/** What one target needs and what was found. */
export interface Diagnosis {
  /** Name of the target. */
  target: string;
  /** Whether bundles can be made and checked here. */
  ok: boolean;
  /** Tools that are there, with versions. */
  found: string[];
  /** Tools that are missing and how to install them. */
  missing: { tool: string; install: string }[];
}

/** Looks for every target's tools. */
export async function doctor(): Promise<Diagnosis[]> {
  const boards = await Promise.all(Object.values(BOARDS).map(diagnoseBoard));
  return [await diagnoseDeno(), ...boards];
}

/** A cross compiler and an emulator. */
async function diagnoseBoard(board: Board): Promise<Diagnosis> {
  const found: string[] = [];
  const missing: Diagnosis["missing"] = [];
  for (const tool of programsOf(board)) {
    const version = await programVersion(tool);
    if (version) found.push(version);
    else missing.push({ tool, install: installLine(tool) });
  }
  return { target: `mcu ${board.name}`, ok: missing.length === 0, found, missing };
}

/** Deno itself runs the check; esbuild's own program does the bundling; Node is a bonus. */
async function diagnoseDeno(): Promise<Diagnosis> {
  const found = [`deno ${Deno.version.deno}`];
  const missing: Diagnosis["missing"] = [];
  try {
    const esbuild = await import("esbuild");
    await esbuild.transform("0");
    await esbuild.stop();
    found.push(`esbuild ${esbuild.version}`);
  } catch {
    missing.push({
      tool: "esbuild",
      install: "deno install --entrypoint cli/main.ts",
    });
  }
  const node = await versionOf("node");
  if (node) found.push(`node ${node} (emitted modules run there too)`);
  return { target: "deno", ok: missing.length === 0, found, missing };
}

async function versionOf(program: string): Promise<string | null> {
  try {
    const { stdout, success } = await new Deno.Command(program, {
      args: ["--version"],
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
