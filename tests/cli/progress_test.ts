/** The progress bar: what it draws, and the time left. */
import assert from "node:assert/strict";
import { drawTo, StageClock } from "../../cli/terminal/progress.ts";

Deno.test("progress: one line, taken away at the end; nothing where nothing is wanted", () => {
  let text = "";
  const bar = drawTo((part) => text += part);
  bar.show("measure", 1, 2);
  assert.equal(text, `\r\x1b[Kmeasure    ${"█".repeat(12)}${"░".repeat(12)} 1/2`);
  bar.end();
  assert(text.endsWith("\r\x1b[K"));
  drawTo(null).show("measure", 1, 2);
});

Deno.test("progress: the time left, by stage, from the second step and second on", () => {
  const clock = new StageClock();
  const calls: [stage: string, done: number, total: number, now: number, wanted: string][] = [
    ["a", 0, 10, 0, ""],
    ["a", 1, 10, 1000, ""],
    ["a", 2, 10, 4000, ", 16 s left"],
    ["b", 5, 400, 4000, ""],
    ["a", 4, 10, 8000, ", 12 s left"],
    ["b", 10, 400, 9000, ", 6 min 30 s left"],
    ["a", 10, 10, 20_000, ""],
    ["a", 0, 10, 30_000, ""],
    ["a", 1, 10, 33_000, ", 27 s left"],
  ];
  for (const [stage, done, total, now, wanted] of calls) {
    assert.equal(clock.left(stage, done, total, now), wanted, `${stage} ${done} at ${now}`);
  }
});
