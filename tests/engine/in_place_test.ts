/** Runs without allocation: outputs are views of the model's memory. */
import assert from "node:assert/strict";
import { run, runInPlace } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { exampleFile } from "../helpers/example_file.ts";

/** Runs that are measured, and bytes they may take in all: one object of 16 bytes a run would be more. */
const RUNS = 20_000;
const MOST_BYTES = 64 * 1024;
/** Measured again when the collector, the compiler or the test runner came in between. */
const TRIES = 8;

async function example() {
  const loaded = await load(await exampleFile());
  const { tensors, inputs, outputs } = loaded.model;
  const { name, size } = tensors[inputs[0]];
  const sample = (k: number) => ({
    [name]: Float32Array.from({ length: size }, (_, i) => Math.sin(i * k)),
  });
  return { loaded, sample, output: tensors[outputs[0]].name };
}

Deno.test("runInPlace gives the same views each time, and run gives copies of them", async () => {
  const { loaded, sample, output } = await example();
  const first = run(loaded, sample(1))[output];
  const second = run(loaded, sample(2))[output];
  assert.notDeepEqual(first, second);
  const views = runInPlace(loaded, sample(1));
  assert.deepEqual(views[output], first);
  assert.equal(runInPlace(loaded, sample(2)), views);
  assert.deepEqual(views[output], second);
  assert.notEqual(run(loaded, sample(2))[output].buffer, views[output].buffer);
});

Deno.test(`${RUNS} runs in place take no memory`, async () => {
  const { loaded, sample } = await example();
  const inputs = sample(1);
  const measure = () => {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < RUNS; i++) runInPlace(loaded, inputs);
    return Deno.memoryUsage().heapUsed - before;
  };
  const growths: number[] = [];
  do growths.push(measure()); while (
    growths.length < TRIES && !(growths.at(-1)! >= 0 && growths.at(-1)! <= MOST_BYTES)
  );
  const last = growths.at(-1)!;
  assert.ok(last >= 0 && last <= MOST_BYTES, `the heap grew by ${growths} bytes`);
});
