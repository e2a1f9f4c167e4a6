/**
 * What an original gives, for those that are to give the same.
 * @module
 */
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import type { CoreGraph } from "../graph/graph.ts";
import { packPlain } from "./calibrate.ts";

/** What the original gives on one sample: what the student is fed, and what it is to give. */
export interface Lesson {
  /** Values by tensor name. */
  feeds: Map<string, Float32Array>;
  /** Values by tensor name, of the channels that the student has. */
  targets: Map<string, Float32Array>;
}

/**
 * An original that gives lessons.
 * @param kept channels of the original that the student has, by name of each tensor that has fewer.
 * @param feeds names of what the student is fed.
 * @param targets names of what the student is to give.
 * @returns the lesson of one sample, from its inputs.
 */
export async function teacherOf(
  core: CoreGraph,
  kept: ReadonlyMap<string, readonly number[]>,
  feeds: readonly string[],
  targets: readonly string[],
): Promise<(inputs: readonly Float32Array[]) => Lesson> {
  const loaded = await load(await packPlain(core));
  const names = loaded.model.operators.map(({ output }) => loaded.model.tensors[output].name);
  const pick = (name: string, values: Float32Array): Float32Array => {
    const stay = kept.get(name);
    if (!stay) return values.slice();
    const channels = core.tensors.get(name)!.shape!.at(-1)!;
    const left = stay.length;
    const picked = new Float32Array(values.length / channels * left);
    for (let from = 0, to = 0; to < picked.length; from += channels) {
      for (let c = 0; c < left; c++) picked[to++] = values[from + stay[c]];
    }
    return picked;
  };
  return (inputs) => {
    const lesson: Lesson = { feeds: new Map(), targets: new Map() };
    const see = (name: string, values: Float32Array) => {
      if (feeds.includes(name)) lesson.feeds.set(name, values.slice());
      if (targets.includes(name)) lesson.targets.set(name, pick(name, values));
    };
    const named = Object.fromEntries(core.inputs.map((name, i) => [name, inputs[i]]));
    for (const [name, values] of Object.entries(named)) see(name, values);
    run(loaded, named, (at, { buffer, byteOffset, length }) => {
      see(names[at], new Float32Array(buffer, byteOffset, length / 4));
    });
    return lesson;
  };
}
