/**
 * Keeps some of the input columns of one layer, in the float model and in the compressed one.
 * @module
 */
import {
  type ColumnLayout,
  columnLayout,
  type ColumnPairs,
  columnsOf,
  joinColumns,
  type SampleColumns,
  samplePositions,
} from "../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../graph/graph.ts";
import { type ActivationValues, isHeldOut } from "./statistics.ts";

/** Columns of a layer, at least, and for each element of a column. */
const FEWEST = 1024;
const PER_ELEMENT = 4;
/** Values that are kept of each graph, at most: 32 MB. */
const VALUES = 2 ** 23;

/** Columns of one layer on two disjoint sets of samples. */
export interface LayerColumns {
  /** What rounding is fitted to. */
  fit: ColumnPairs;
  /** What its errors are measured on. */
  held: ColumnPairs;
}

/** Keeps the columns of one layer, sample by sample. */
export class ColumnObserver {
  readonly #layout: ColumnLayout;
  readonly #wanted: number;
  readonly #fit: SampleColumns[] = [];
  readonly #held: SampleColumns[] = [];

  /**
   * @param samples how many there will be.
   * @param seed decides which positions are looked at.
   */
  constructor(
    readonly graph: CoreGraph,
    readonly node: CoreNode,
    readonly samples: number,
    readonly seed: number,
  ) {
    const { blocks, depth, positions } = this.#layout = columnLayout(graph, node)!;
    const room = VALUES / (blocks * depth);
    const wanted = Math.min(room, Math.max(FEWEST, PER_ELEMENT * depth));
    this.#wanted = Math.min(positions, Math.ceil(wanted / samples));
  }

  /** Adds the layer's input of sample number `i`, in the float model and in the compressed one. */
  add(i: number, x: Float32Array, compressed: ActivationValues): void {
    const { graph, node, samples, seed } = this;
    const chosen = samplePositions(this.#layout.positions, this.#wanted, seed * 65537 + i);
    (isHeldOut(i, samples) ? this.#held : this.#fit).push([
      columnsOf(graph, node, x, chosen),
      columnsOf(graph, node, compressed.values, chosen, compressed.quantization),
    ]);
  }

  /** The columns of all samples. */
  finish(): LayerColumns {
    const fit = joinColumns(this.#layout, this.#fit);
    return { fit, held: this.#held.length ? joinColumns(this.#layout, this.#held) : fit };
  }
}
