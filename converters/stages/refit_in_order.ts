/**
 * Fits layers behind removed channels again, first to last.
 * @module
 */
import type { ChannelGraph } from "../channels/mod.ts";
import {
  type Bounds,
  boundsOf,
  clampedError,
  type ColumnLayout,
  columnLayout,
  type ColumnPairs,
  columnsOf,
  joinColumns,
  maskRows,
  mergeColumns,
  mergeMoments,
  type Moments,
  MomentSums,
  outputError,
  positionsPerSample,
  refit,
  refitClamped,
  type Rows,
  rowsOf,
  type SampleColumns,
  samplePositions,
  withRows,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { affordableSamples, spreadOver } from "./affordable_samples.ts";
import { NodeRunner } from "./node_runner.ts";
import { calibrationOf, type Samples } from "./samples.ts";
import { isHeldOut, STATISTICS_SAMPLES } from "./statistics.ts";

/** Values of columns that are kept, at most: 64 MB of each graph's. */
const KEPT_VALUES = 2 ** 24;
/** Products of a round of fitting, at most: a layer takes a few seconds then. */
const PRODUCTS = 2e8;

/** Where more samples calibrate, as many are used as take so many multiplications, at most so many. */
const RUN_PRODUCTS = 1e10;
const MOST_SAMPLES = 512;

/** How layers are fitted. */
export interface RefitOptions {
  seed: number;
  /** Whether held-out samples only decide; else layers are fitted to these as well at last. */
  keepHeldOut: boolean;
  /** Told after each layer that was fitted. */
  onLayer: (done: number, total: number) => void;
}

/**
 * Fits every layer behind a removed channel, first to last, each to what the float layer gives behind
 * its bounds (refit_clamped.ts) or, where it has none or its columns are too many, before these
 * (refit.ts): as errs least on held-out samples, and as it was where neither errs less.
 */
export async function refitInOrder(
  channels: ChannelGraph,
  removed: ReadonlySet<number>,
  samples: Samples,
  { seed, keepHeldOut, onLayer }: RefitOptions,
): Promise<CoreGraph> {
  const core = channels.graph;
  const { dataset, indices } = calibrationOf(samples);
  const most = Math.max(STATISTICS_SAMPLES, affordableSamples(core, RUN_PRODUCTS, MOST_SAMPLES));
  const [fit, held] = [false, true].map((wanted) => {
    const part = indices.filter((_, i) => isHeldOut(i, indices.length) === wanted);
    return spreadOver(part, Math.ceil(most * part.length / indices.length));
  });
  const inputs = await Promise.all([...fit, ...held].map((index) => dataset.inputs(index)));
  const graph = { ...core };
  const [float, pruned] = [new NodeRunner(core, inputs), new NodeRunner(graph, inputs)];
  const layers = layersBehind(channels, removed);
  for (const [done, node] of layers.entries()) {
    await float.runUpTo(node.name);
    await pruned.runUpTo(node.name);
    const layout = columnLayout(core, node)!;
    const wanted = positionsPerSample(layout.depth, layout.positions, inputs.length);
    const rows = rowsOf(core, node);
    const bounds = boundsOf(node);
    const keeps = bounds !== null && isAffordable(layout, inputs.length * wanted, rows);
    const seen = { fit: new Seen(layout, keeps), held: new Seen(layout, keeps) };
    const [x] = node.inputs;
    for (const i of inputs.keys()) {
      const places = samplePositions(layout.positions, wanted, seed * 65537 + i);
      const part = i < fit.length ? seen.fit : seen.held;
      const columns = (runner: NodeRunner) => columnsOf(core, node, runner.values(x, i), places);
      part.add([columns(float), columns(pruned)]);
    }
    if (!seen.held.samples) seen.held = seen.fit;
    const stays = columnsThatStay(channels, node, removed);
    const made = refitLayer(rows, bounds, stays, seen, keepHeldOut);
    Object.assign(graph, withRows(graph, node, made));
    onLayer(done + 1, layers.length);
  }
  return graph;
}

/** Whether columns of so many places can be kept and fitted to. */
function isAffordable({ blocks, depth }: ColumnLayout, places: number, { bias }: Rows): boolean {
  const products = (places + depth) * depth * bias.length;
  return places * blocks * depth <= KEPT_VALUES && products <= PRODUCTS;
}

/** What some samples give one layer. */
class Seen {
  samples = 0;
  readonly #sums: MomentSums;
  readonly #columns: SampleColumns[] = [];
  #moments: Moments | null = null;

  /** @param keeps whether columns are kept, too. */
  constructor(readonly layout: ColumnLayout, readonly keeps: boolean) {
    this.#sums = new MomentSums(layout, true);
  }

  add(columns: SampleColumns): void {
    this.samples++;
    this.#sums.add(...columns);
    if (this.keeps) this.#columns.push(columns);
  }

  get moments(): Moments {
    return this.#moments ??= this.#sums.finish();
  }

  /** Null where none are kept. */
  get columns(): ColumnPairs | null {
    return this.keeps ? joinColumns(this.layout, this.#columns) : null;
  }
}

/** A layer's new rows: masked, or fitted, whichever errs least on held-out samples. */
function refitLayer(
  rows: Rows,
  bounds: Bounds | null,
  stays: readonly boolean[],
  { fit, held }: { fit: Seen; held: Seen },
  keepHeldOut: boolean,
): Rows {
  const masked = maskRows(rows, fit.moments, stays);
  const linear = refit(rows, fit.moments, stays);
  const all = () => mergeMoments(fit.moments, held.moments);
  const [seen, unseen] = [fit.columns, held.columns];
  if (!bounds || !seen || !unseen) {
    const [before, after] = [masked, linear].map((made) => outputError(rows, made, held.moments));
    if (before !== null && after !== null && before <= after) return masked;
    return keepHeldOut ? linear : refit(rows, all(), stays);
  }
  const clamped = refitClamped(rows, linear, seen, stays, bounds);
  const tried = [masked, linear, clamped];
  const errors = tried.map((made) => clampedError(rows, made, unseen, bounds));
  const best = tried[errors.indexOf(Math.min(...errors))];
  if (best === masked || keepHeldOut) return best;
  const again = refit(rows, all(), stays);
  if (best === linear) return again;
  return refitClamped(rows, again, mergeColumns(seen, unseen), stays, bounds);
}

/** Layers whose input differs from the float model's once the channels are gone. */
function layersBehind(channels: ChannelGraph, removed: ReadonlySet<number>): CoreNode[] {
  const { graph } = channels;
  const changed = new Set<string>();
  return graph.nodes.filter((node) => {
    const isLayer = columnLayout(graph, node) !== null;
    const cut = isLayer && channels.groups(node.inputs[0]).some((group) => removed.has(group));
    if (!cut && !node.inputs.some((name) => changed.has(name))) return false;
    changed.add(node.output);
    return isLayer;
  });
}

/** Which columns of a layer's input, [blocks · depth], belong to channels that stay. */
function columnsThatStay(
  channels: ChannelGraph,
  node: CoreNode,
  removed: ReadonlySet<number>,
): boolean[] {
  const groups = channels.groups(node.inputs[0]);
  const { blocks, depth } = columnLayout(channels.graph, node)!;
  const inner = groups.length / blocks;
  return Array.from({ length: blocks * depth }, (_, i) => {
    const channel = Math.floor(i / depth) * inner + i % depth % inner;
    return !removed.has(groups[channel]);
  });
}
