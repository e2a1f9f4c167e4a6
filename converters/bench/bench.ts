/**
 * Measures kedge's bundles and other runtimes side by side: the same model, the same sample, one
 * thread, batch 1, each in a process of its own.
 * @module
 */
import { cpus } from "node:os";
import { macsOf } from "../targets/macs.ts";
import { VERSION } from "../version.ts";
import { compareWithOwn, layerTimes, placeOfLargest } from "./figures.ts";
import type { BenchOptions } from "./options.ts";
import { prepare, preparePeaks } from "./prepare.ts";
import { EMPTY } from "./process.ts";
import type { BenchReport, ContenderReport } from "./report.ts";
import { measureColdStarts, SLOT } from "./rounds.ts";
import { runSideBySide } from "./run_side_by_side.ts";
import { Compressor, total } from "./shipped_bytes.ts";
import { spread } from "./spread.ts";
import { openWorkshop } from "./workshop.ts";

/** Rounds when nobody says otherwise. */
const ROUNDS = 15;
/** Most cold starts of each contender. */
const COLD_STARTS = 10;

/**
 * Converts, starts, measures, compares. A runtime that cannot run the model is left out, with the
 * reason.
 * @throws KedgeError `tool/NAME` when a runtime to compare with cannot be had, and all that
 *   converting throws.
 */
export async function bench(options: BenchOptions): Promise<BenchReport> {
  const progress = options.progress ?? (() => {});
  const rounds = options.rounds ?? ROUNDS;
  await using workshop = await openWorkshop();
  const { origin, peers, inputs, skipped } = await prepare(options, workshop);
  const own = new Map(origin.own.map((one) => [one.contender.name, one]));
  const contenders = [...origin.own.map(({ contender }) => contender), ...peers];
  const kinds = new Set(origin.own.map(({ peak }) => peak));
  const field = { contenders, inputs, peaks: await preparePeaks(kinds, workshop) };
  const { results, failed, peaks, empty } = await runSideBySide(
    field,
    rounds,
    options.layers ?? false,
    (done) => progress("rounds", done, rounds),
  );
  const coldStarts = Math.min(rounds, COLD_STARTS);
  const [emptyCold, ...cold] = await measureColdStarts(
    [EMPTY, ...results.map(({ contender }) => contender)],
    inputs,
    coldStarts,
    (done) => progress("cold start", done, coldStarts),
  );
  const { model } = origin.own[0];
  const operations = 2 * model.operators.reduce((sum, op) => sum + macsOf(model, op), 0);
  const compressor = new Compressor();
  const reports: ContenderReport[] = [];
  for (const [i, result] of results.entries()) {
    const { contender, layers, output, firstBytes, peakBytes } = result;
    progress("compress", i, results.length);
    const { name, runtime, precision, shipped } = contender;
    const latencyMs = spread(result.rounds.flat());
    const files = await compressor.measure(shipped);
    const gops = operations / latencyMs.median / 1e6;
    const one = own.get(name);
    reports.push({
      name,
      runtime,
      precision,
      own: contender.own,
      latencyMs,
      timesAsLong: compareWithOwn(result, results),
      gops,
      ofPeak: one ? gops / peaks[one.peak] : null,
      coldStartMs: cold[i],
      firstResultBytes: above(firstBytes, empty.firstBytes),
      memoryBytes: above(peakBytes, empty.peakBytes),
      bytes: { ...total(files), files },
      best: placeOfLargest(output),
      ...one && layers && { layers: layerTimes(one.model, layers, peaks[one.peak]) },
    });
  }
  return {
    schema: "kedge/bench/1",
    kedge: VERSION,
    model: { name: origin.name, sha256: origin.sha256, operations },
    machine: {
      processor: cpus()[0]?.model.trim() ?? "",
      system: `${Deno.build.os} ${Deno.build.arch}`,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
    },
    rounds: { count: rounds, milliseconds: SLOT, coldStarts },
    contenders: reports,
    empty: { coldStartMs: emptyCold, ...empty },
    peaks,
    skipped: [...skipped, ...failed],
  };
}

function above(bytes: number | null, floor: number | null): number | null {
  return bytes === null || floor === null ? null : bytes - floor;
}
