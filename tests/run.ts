/**
 * Runs all tests, on all cores, and ends with a line that says how many passed: `deno task test [FILES]`.
 *
 * `deno test` alone is no gate: a file that does not load counts as nothing, and no tests at all is
 * a success (DESIGN.md §6). Counts come from its JUnit report.
 * @module
 */
import { junitCounts } from "./helpers/junit.ts";

const report = await Deno.makeTempFile({ suffix: ".xml" });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--parallel", `--junit-path=${report}`, ...Deno.args],
  stdout: "inherit",
  stderr: "inherit",
}).spawn().status;
const counts = junitCounts(await Deno.readTextFile(report));
await Deno.remove(report);
// A failure that no test reports: a file that does not load, a type error, a leak at the end.
if (code !== 0 && counts.failed === 0) counts.failed = 1;
if (counts.passed + counts.failed === 0) {
  console.log("no tests ran");
  counts.failed = 1;
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exit(counts.failed ? 1 : 0);
