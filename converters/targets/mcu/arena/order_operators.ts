/**
 * The order in which operators are run, so that little memory is alive at once.
 *
 * A beam search over the sets of operators that are done, as Liberis and Lane 2019 ("Neural networks
 * on microcontrollers: saving memory at inference via operator reordering") search all of them.
 * @module
 */
import { bytesOf } from "./rows.ts";
import { activationsOf, type GraphView } from "./graph_view.ts";

/** Half-made orders that are followed at once. */
const BEAM = 24;
/** Above this many operators the given order is kept: the search is quadratic. */
const MOST_OPERATORS = 200;

/** A half-made order. */
interface State {
  readonly order: readonly number[];
  readonly done: ReadonlySet<number>;
  /** Bytes alive now, and the most so far. */
  readonly alive: number;
  readonly peak: number;
}

/** Orders to try: the given one, and the one with the least memory alive where it is another. */
export function operatorOrders(view: GraphView): number[][] {
  const given = [...view.run];
  if (given.length > MOST_OPERATORS) return [given];
  const found = search(view);
  return found.every((operator, i) => operator === given[i]) ? [given] : [given, found];
}

function search(view: GraphView): number[] {
  const { model, run } = view;
  const reads = new Map(
    run.map((i) => [i, [...new Set(activationsOf(view, model.operators[i]))]]),
  );
  const maker = new Map(run.map((i) => [view.sharedWith(model.operators[i].output), i]));
  const readers = new Map<number, number[]>();
  for (const [i, tensors] of reads) {
    tensors.forEach((tensor) => readers.set(tensor, [...readers.get(tensor) ?? [], i]));
  }
  const kept = new Set(view.outputs.map(view.sharedWith));
  const bytes = (tensor: number) => bytesOf(model.tensors[tensor]);
  const start = new Set(view.inputs.map(view.sharedWith));
  const alive = [...start].reduce((sum, tensor) => sum + bytes(tensor), 0);
  let states: State[] = [{ order: [], done: new Set(), alive, peak: alive }];
  for (let step = 0; step < run.length; step++) {
    const next = new Map<string, State>();
    for (const state of states) {
      for (const i of run) {
        if (state.done.has(i)) continue;
        const ready = reads.get(i)!.every((tensor) => {
          const made = maker.get(tensor);
          return made === undefined || state.done.has(made);
        });
        if (!ready) continue;
        const done = new Set(state.done).add(i);
        const during = state.alive + bytes(view.sharedWith(model.operators[i].output));
        const dying = reads.get(i)!.filter((tensor) =>
          !kept.has(tensor) && readers.get(tensor)!.every((reader) => done.has(reader))
        );
        const after = during - dying.reduce((sum, tensor) => sum + bytes(tensor), 0);
        const peak = Math.max(state.peak, during);
        const key = [...done].sort((a, b) => a - b).join();
        const known = next.get(key);
        if (!known || peak < known.peak) {
          next.set(key, { order: [...state.order, i], done, alive: after, peak });
        }
      }
    }
    states = [...next.values()].sort((a, b) => a.peak - b.peak || a.alive - b.alive).slice(0, BEAM);
  }
  return [...states[0].order];
}
