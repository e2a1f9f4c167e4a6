/** Counts of a JUnit report as `deno test --junit-path` writes it. */

/** How many tests there were. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts test cases and their outcomes; an empty report counts nothing. */
export function junitCounts(xml: string): Counts {
  const count = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;
  const cases = count(/<testcase\b/g);
  const failed = count(/<(?:failure|error)\b/g);
  const skipped = count(/<skipped\b/g);
  return { passed: cases - failed - skipped, failed, skipped };
}
