/**
 * Mean and standard deviation of every channel of some activations.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import type { ChannelSpread } from "../compress/mod.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { packPlain } from "./calibrate.ts";

/**
 * Runs a float graph and looks at the last axis of the given activations.
 * @param names of the activations.
 * @param samples values of all inputs of each.
 */
export async function channelSpreads(
  graph: CoreGraph,
  names: ReadonlySet<string>,
  samples: readonly (readonly Float32Array[])[],
): Promise<Map<string, ChannelSpread>> {
  const loaded = await load(await packPlain(graph));
  const { tensors, operators } = loaded.model;
  const sums = new Map([...names].map((name) => {
    const channels = graph.tensors.get(name)!.shape!.at(-1)!;
    const [first, second] = [new Float64Array(channels), new Float64Array(channels)];
    return [name, { channels, first, second, count: 0 }];
  }));
  for (const values of samples) {
    const inputs = Object.fromEntries(graph.inputs.map((name, i) => [name, values[i]]));
    run(loaded, inputs, (index, { buffer, byteOffset, length }) => {
      const sum = sums.get(tensors[operators[index].output].name);
      if (!sum) return;
      const x = new Float32Array(buffer, byteOffset, length / 4);
      sum.count += x.length / sum.channels;
      x.forEach((value, i) => {
        sum.first[i % sum.channels] += value;
        sum.second[i % sum.channels] += value * value;
      });
    });
  }
  return new Map([...sums].map(([name, { first, second, count }]) => {
    const mean = first.map((sum) => sum / count);
    const deviation = second.map((sum, c) => Math.sqrt(Math.max(0, sum / count - mean[c] ** 2)));
    return [name, { mean, deviation }];
  }));
}
