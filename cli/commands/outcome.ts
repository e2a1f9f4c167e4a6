/**
 * How a command shows a report and what exit code it gives.
 * @module
 */
import { EXIT_CODES, exitCodeOf, type Report } from "../../mod.ts";
import { errorText } from "../report/error.ts";
import { isFault, reportText } from "../report/text.ts";
import { stderrStyle, stdoutStyle } from "../terminal/style.ts";
import type { Arguments } from "./read_arguments.ts";

/**
 * Prints the report as JSON or as a table, and what was missed.
 * @returns the exit code: 0, or that of the first miss.
 */
export function showReport(report: Report, given: Arguments, wrote: string | null): number {
  if (given.isOn("json")) console.log(JSON.stringify(report, null, 2));
  else {
    if (!given.isOn("quiet")) {
      console.log(reportText(report, stdoutStyle()));
      if (wrote) console.log(`\nWrote ${wrote}/`);
    }
    for (const miss of report.misses) console.error(errorText(miss, stderrStyle()));
  }
  const [first] = report.misses;
  if (first) return exitCodeOf(first);
  return isFault(report) ? EXIT_CODES.bug : 0;
}
