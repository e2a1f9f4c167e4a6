/** Which samples are looked at where not all are. */
import assert from "node:assert/strict";
import { spreadOver } from "../../converters/stages/affordable_samples.ts";

const CASES: [list: number[], count: number, wanted: number[]][] = [
  [[3, 5, 9], 4, [3, 5, 9]],
  [[3, 5, 9], 3, [3, 5, 9]],
  [[0, 1, 2, 3, 4, 5], 3, [0, 2, 4]],
  [[0, 1, 2, 3, 4], 2, [0, 2]],
  [[7, 8], 1, [7]],
  [[], 2, []],
];

for (const [list, count, wanted] of CASES) {
  Deno.test(`${count} of ${JSON.stringify(list)}: ${JSON.stringify(wanted)}`, () => {
    assert.deepEqual(spreadOver(list, count), wanted);
  });
}
