/**
 * Which channels go.
 * @module
 */
import type { Family } from "./families.ts";

/** Tells what taking out a group of channels costs, as groups go. */
export interface ChannelScorer {
  /** Cost of taking out one group now. */
  score(group: number): number;
  /** Takes one out; tells which groups have another score now. */
  remove(group: number): Iterable<number>;
}

/** A family and how much of it is to go. */
export interface Quota {
  family: Family;
  /** Share of its live groups, 0…1. */
  share: number;
}

/** What one choice is made by. */
export interface ChoiceOptions {
  scorer: ChannelScorer;
  /** Multiply-accumulates that go with a group. */
  costOf: (group: number) => number;
  /** `layer`: every family loses its share as far as steps fit; `global`: all together do. */
  scope: "layer" | "global";
}

/** Groups that all together cost no more than this are dead: 50 dB down, where int8 has its noise. */
const DEAD = 1e-5;

/** Most that a family loses, in shares. */
const MOST_SHARES = 1.5;

/** Most of a family that goes in one step. */
const MOST_AT_ONCE = 1 / 3;

/**
 * Takes out groups until the share of the live ones is gone: first of every family what its own share
 * allows (`layer`), then wherever it costs least for the work it saves. Dead groups go in any case
 * and do not count, so that a model with many loses live ones too. Kernels compute 8 channels at
 * once, or 4: so groups go in steps from one multiple to the next, except in small families. Ties go
 * by place.
 */
export function chooseChannels(quotas: readonly Quota[], options: ChoiceOptions): number[] {
  const { scorer, costOf, scope } = options;
  const scores = new Map<number, number>();
  const states = quotas.filter(({ share }) => share > 0).map((quota) =>
    stateOf(quota, scorer, scores)
  );
  const take = ({ state, groups }: Step) => {
    for (const group of groups) {
      state.left.delete(group);
      state.gone.push(group);
      for (const other of scorer.remove(group)) {
        if (scores.has(other)) scores.set(other, scorer.score(other));
      }
    }
    state.wanted -= groups.length;
    state.most -= groups.length;
  };
  if (scope === "layer") {
    for (const state of states) {
      for (;;) {
        const groups = nextStep(state, scores);
        if (groups.length > Math.min(state.wanted, state.atOnce)) break;
        take({ state, groups });
      }
    }
  }
  let missing = states.reduce((sum, { wanted }) => sum + wanted, 0);
  const sum = (groups: number[], of: (group: number) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  const priceOf = ({ groups }: Step) =>
    sum(groups, (group) => scores.get(group)!) / sum(groups, costOf);
  for (;;) {
    // A step that goes half beyond the end or more is not taken.
    const steps = states.map((state) => ({ state, groups: nextStep(state, scores) }))
      .filter(({ state: { most, atOnce, left }, groups: { length } }) =>
        length < left.size && length <= Math.min(most, atOnce) && length / 2 < missing
      );
    if (!steps.length) return states.flatMap(({ gone }) => gone);
    const prices = steps.map(priceOf);
    const best = steps[prices.indexOf(Math.min(...prices))];
    missing -= best.groups.length;
    take(best);
  }
}

/** One family's groups while they go. */
interface State {
  /** Groups that are left. */
  left: Set<number>;
  /** Groups that went, dead ones too. */
  gone: number[];
  /** How many more its share takes. */
  wanted: number;
  /** How many more can go. */
  most: number;
  /** How many can go in one step. */
  atOnce: number;
  /** What stays is a multiple of it. */
  multiple: number;
}

/** Groups of one family that go together. */
interface Step {
  state: State;
  groups: number[];
}

function stateOf(
  { family: { groups }, share }: Quota,
  scorer: ChannelScorer,
  scores: Map<number, number>,
): State {
  groups.forEach((group) => scores.set(group, scorer.score(group)));
  const ranked = groups.toSorted((a, b) => scores.get(a)! - scores.get(b)! || a - b);
  let together = 0;
  const first = ranked.findIndex((group) => (together += scores.get(group)!) > DEAD);
  const live = first < 0 ? [] : ranked.slice(first);
  const { length } = live;
  return {
    left: new Set(live),
    gone: first < 0 ? ranked : ranked.slice(0, first),
    wanted: length * share,
    most: length * share * MOST_SHARES,
    atOnce: Math.max(1, length * MOST_AT_ONCE),
    multiple: length >= 24 ? 8 : length >= 8 ? 4 : 1,
  };
}

/** The least important groups whose going leaves the next lower multiple. */
function nextStep({ left, multiple }: State, scores: ReadonlyMap<number, number>): number[] {
  const ranked = [...left].sort((a, b) => scores.get(a)! - scores.get(b)! || a - b);
  return ranked.slice(0, left.size % multiple || multiple);
}
