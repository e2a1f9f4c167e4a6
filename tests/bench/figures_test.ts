/** Figures of a benchmark, worked by hand. */
import assert from "node:assert/strict";
import { exitCodeOf, KedgeError } from "../../mod.ts";
import { installPackages } from "../../converters/bench/contenders/install.ts";
import type { Contender } from "../../converters/bench/contenders/contender.ts";
import { compareWithOwn, layerTimes, placeOfLargest } from "../../converters/bench/figures.ts";
import { PEAK_OPERATIONS, peakGraph, PEAKS } from "../../converters/bench/kernel_peak.ts";
import { BenchProcess, EMPTY, timeColdStart } from "../../converters/bench/process.ts";
import { spread } from "../../converters/bench/spread.ts";
import { packPlain } from "../../converters/stages/calibrate.ts";
import { macsOf } from "../../converters/targets/macs.ts";
import { readModel } from "../../runtime/format/reader.ts";

Deno.test("spread: percentiles by nearest rank", () => {
  const values = [4, 1, 3, 2];
  assert.deepEqual(spread(values), { median: 2, min: 1, p25: 1, p75: 3, p95: 4, count: 4 });
  assert.deepEqual(values, [4, 1, 3, 2]);
});

Deno.test("others are compared with ours round by round", () => {
  const result = (name: string, own: boolean, medians: number[]) => ({
    contender: { name, own } as Contender,
    rounds: medians.map((time) => [time, 100, 0]),
    firstBytes: null,
    peakBytes: null,
    layers: null,
    output: [],
  });
  // The machine slows down tenfold in the second round, and that makes no difference.
  const results = [result("ours", true, [1, 10, 1]), result("theirs", false, [2, 20, 3])];
  assert.deepEqual(compareWithOwn(results[1], results), {
    ours: { median: 2, p25: 2, p75: 3 },
  });
});

Deno.test("the first of the largest values", () => {
  assert.equal(placeOfLargest([1, 5, 5, -2]), 1);
  assert.equal(placeOfLargest([-3, -1]), 1);
  assert.equal(placeOfLargest([]), null);
});

Deno.test("kernel peaks: every kind packs, and counts its operations", async () => {
  for (const peak of PEAKS) {
    const model = readModel(await packPlain(peakGraph(peak)));
    const macs = model.operators.reduce((sum, operator) => sum + macsOf(model, operator), 0);
    assert.equal(2 * macs, PEAK_OPERATIONS);
    const [first] = layerTimes(model, model.operators.map(() => 0.5), 100);
    assert.equal(first.share, 1 / model.operators.length);
    assert.equal(first.gops, 2 * first.macs / 0.5e6);
    assert.equal(first.ofPeak, first.gops / 100);
  }
});

Deno.test("the empty process runs, measures and ends", async () => {
  const process = await BenchProcess.start(EMPTY, []);
  const { times } = await process.ask({ measure: "runs", milliseconds: 5 });
  assert.ok(times.length > 10);
  assert.deepEqual((await process.ask({ measure: "layers", milliseconds: 1 })).layers, []);
  if (Deno.build.os === "linux") assert.ok(process.peakBytes()! > 1e6);
  await process.stop();
  assert.ok(await timeColdStart(EMPTY, []) > 1);
});

Deno.test("a process that fails is an error with its own words", async () => {
  const broken = { ...EMPTY, name: "broken", area: "model" as const };
  const isError = (error: unknown) => {
    assert.ok(error instanceof KedgeError);
    assert.equal(error.data.code, "model/contender");
    assert.match(error.data.got ?? "", /nothing\.bin/);
    return true;
  };
  await assert.rejects(BenchProcess.start(broken, ["nothing.bin"]), isError);
  await assert.rejects(timeColdStart(broken, ["nothing.bin"]), isError);
});

Deno.test("a package that cannot be had is an error of the tool", async () => {
  // No registry has a package without a name, so none is asked.
  await assert.rejects(installPackages("litert", ["npm:@@"]), (error: KedgeError) => {
    assert.equal(error.data.code, "tool/litert");
    assert.equal(exitCodeOf(error.data), 5);
    return true;
  });
});
