/**
 * How long each layer takes on this machine.
 * @module
 */
import { run } from "../../../runtime/engine/session.ts";
import { load } from "../../../runtime/hosts/load.ts";
import type { CoreGraph } from "../../graph/graph.ts";
import { packPlain } from "../calibrate.ts";

/** Runs that are timed; before them, half as many warm up. */
const RUNS = 40;

/** Median time of each operator in milliseconds, by node name. */
export async function layerTimes(
  graph: CoreGraph,
  inputs: readonly Float32Array[],
): Promise<Map<string, number>> {
  const loaded = await load(await packPlain(graph));
  const named = Object.fromEntries(graph.inputs.map((name, i) => [name, inputs[i]]));
  const times: number[][] = loaded.model.operators.map(() => []);
  for (let i = 0; i < RUNS * 1.5; i++) {
    let last = performance.now();
    run(loaded, named, (index) => {
      const now = performance.now();
      if (i >= RUNS / 2) times[index].push(now - last);
      last = performance.now();
    });
  }
  return new Map(loaded.model.operators.map(({ name }, index) => {
    const sorted = times[index].sort((a, b) => a - b);
    return [name, sorted[Math.floor(sorted.length / 2)]];
  }));
}
