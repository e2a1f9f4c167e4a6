/**
 * `kedge doctor`: which targets can be built and run here.
 * @module
 */
import { doctor, EXIT_CODES } from "../../mod.ts";
import type { Command } from "./command.ts";
import { COMMON } from "./options.ts";

/** Lists the targets with what they have and lack. */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "show which targets can be built and run here, and what to install for the others",
  argument: "",
  options: COMMON,
  examples: [["deno task kedge doctor", "what can this machine do?"]],
  async run(given) {
    const targets = await doctor();
    if (given.isOn("json")) console.log(JSON.stringify({ targets }, null, 2));
    else if (!given.isOn("quiet")) {
      for (const { target, ok, found, missing } of targets) {
        console.log(
          `${target}: ${ok ? "ready" : "not ready"} (${found.join(", ") || "nothing found"})`,
        );
        for (const { tool, install } of missing) console.log(`  ${tool} is missing: ${install}`);
      }
    }
    return targets.every(({ ok }) => ok) ? 0 : EXIT_CODES.tool;
  },
};
