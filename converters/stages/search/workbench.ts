/**
 * Where a search tries things: layers alone, models put together, whole recipes.
 * @module
 */
import type { GoldenSample } from "../../../runtime/format/model.ts";
import { readModel } from "../../../runtime/format/reader.ts";
import type { AccuracyReport } from "../../check/report.ts";
import { weightsOf } from "../../compress/mod.ts";
import type { CoreGraph, CoreNode } from "../../graph/graph.ts";
import { isFloat, type LayerRule, type Recipe, recipeFor } from "../../recipe/mod.ts";
import {
  type Choice,
  compose,
  isFloatChoice,
  largestFactor,
  mean,
  nameOf,
  scaled,
  type Variant,
  type Variants,
  weightBytes,
  weightError,
} from "../../search/mod.ts";
import { compress } from "../compress.ts";
import type { Progress } from "../options.ts";
import { packConverted } from "../pack_converted.ts";
import type { SourceModel } from "../read_source.ts";
import type { Samples } from "../samples.ts";
import { type Chosen, Trials } from "../trials.ts";
import { buildLibrary, type Library } from "./library.ts";
import { layerTimes } from "./layer_times.ts";
import { recipeOf, rulesOf, withFloatTail } from "./rules.ts";

/** Samples that layers are measured on, at most. */
const MEASURED_ON = 64;
/**
 * Temperature of the divergence that decides. Of 50 samples, few are not sure, and these alone would:
 * on ResNet-8 and -20, sizes a tenth apart differ by 0.6 standard errors at 1, by 1.9 at 4.
 */
const TEMPERATURE = 4;

/** What a whole recipe gives. */
export interface Tried {
  bytes: number;
  arenaBytes: number;
  loss: number;
  accuracy: AccuracyReport;
  /** Sum of the times of all operators, milliseconds; null where it was not wanted. */
  estimatedMs: number | null;
}

/** Parts of a search that stay the same. */
export interface WorkbenchParts {
  source: SourceModel;
  samples: Samples;
  recipe: Recipe;
  choices: readonly Choice[];
  /** What only all layers alike are tried with, the best first. */
  uniform: readonly Choice[];
  /** What is tried on top of choices. */
  variants: Variants;
  labels?: string[];
  /** Bytes that count, of a .kedge file. */
  sizeOf?: (file: Uint8Array<ArrayBuffer>) => Promise<number>;
}

/** Tries layers, models and recipes against the float model. */
export class Workbench {
  /** Names of the layers that are searched. */
  readonly layers: readonly CoreNode[];
  #library: Promise<Library> | undefined;
  readonly #trials = new Map<Chosen, Promise<Trials>>();
  readonly #tried = new Map<string, Promise<CoreGraph>>();
  readonly #selection: Chosen;
  readonly #measured: Chosen;
  #golden: GoldenSample[] | undefined;
  /** The choices that every layer can have, without those added for whole models. */
  readonly #listed: readonly Choice[];
  /** Those of them whose weights are integers. */
  readonly #integer: readonly Choice[];

  constructor(readonly parts: WorkbenchParts, readonly progress: Progress) {
    const { source: { core }, recipe, samples, choices } = parts;
    this.#listed = choices;
    this.#integer = choices.filter((choice) => !isFloatChoice(choice));
    const { dataset, indices } = samples.selection ?? samples.calibration!;
    this.#selection = { dataset, indices };
    this.#measured = { dataset, indices: indices.slice(0, MEASURED_ON) };
    this.layers = core.nodes.filter((node) =>
      weightsOf(core, node) && !isFloat(recipeFor(recipe, node.name).weights)
    );
  }

  /** Number of a choice, which is added where there is none like it, for whole models only. */
  add(choice: Choice): number {
    const { choices } = this.parts;
    const known = choices.findIndex((other) => nameOf(other) === nameOf(choice));
    if (known >= 0) return known;
    this.parts.choices = [...choices, choice];
    return choices.length;
  }

  /**
   * All layers by one choice, for use in the model of the first one; by a choice of float weights that
   * model itself, as between integers they give next to the same.
   */
  async graph(choice: number): Promise<CoreGraph> {
    const { graphs } = await this.#open();
    return graphs[this.isFloat(choice) ? 0 : this.#integer.indexOf(this.#listed[choice])];
  }

  /** Whether a choice leaves weights in float. */
  isFloat(choice: number): boolean {
    return isFloatChoice(this.parts.choices[choice]);
  }

  /** Bytes of a layer's weights by one choice. */
  async layerBytes(layer: number, choice: number): Promise<number> {
    const { parts: { source: { core }, choices } } = this;
    if (this.isFloat(choice)) {
      const width = choices[choice].weights === "float16" ? 2 : 4;
      return weightsOf(core, this.layers[layer])!.data.length * width;
    }
    const graph = await this.graph(choice);
    return weightBytes(graph, graph.nodes.find(({ name }) => name === this.layers[layer].name)!);
  }

  /** Bytes of each layer's weights in a whole model; 0 where nothing of it is left. */
  async bytesByLayer(assignment: readonly number[]): Promise<number[]> {
    const graph = await this.#compress(assignment);
    const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
    return this.layers.map(({ name }) => {
      const node = nodes.get(name);
      return node ? weightBytes(graph, node) : 0;
    });
  }

  /** Squared error of a layer's weights by one choice, as a share of their squares. */
  async weightError(layer: number, choice: number): Promise<number> {
    if (this.isFloat(choice)) return 0;
    const graph = await this.graph(choice);
    const node = this.layers[layer];
    const rounded = graph.nodes.find(({ name }) => name === node.name)!;
    const { float } = await this.#open();
    const original = float.nodes.find(({ name }) => name === node.name)!;
    return weightError(weightsOf(float, original)!.data, graph, rounded);
  }

  /** Time of each layer by one choice, milliseconds. */
  async layerTimes(choice: number): Promise<number[]> {
    const { core } = this.parts.source;
    const times = await this.#times(this.isFloat(choice) ? core : await this.graph(choice));
    return this.layers.map(({ name }) => times.get(name) ?? 0);
  }

  /** The same assignment with every λ times a factor, in choices that are added. */
  scaled(assignment: readonly number[], factor: number): number[] {
    const { choices } = this.parts;
    return assignment.map((choice) => this.add(scaled(choices[choice], factor)));
  }

  /** The most that `scaled` takes; null where no choice has a λ. */
  largestFactor(assignment: readonly number[]): number | null {
    return largestFactor(assignment.map((choice) => this.parts.choices[choice]));
  }

  /** The same assignment with the settings of a variant, in choices that are added. */
  varied(assignment: readonly number[], { settings, share }: Variant): number[] {
    const { choices } = this.parts;
    const first = Math.round(assignment.length * (1 - share));
    return assignment.map((choice, layer) =>
      layer < first ? choice : this.add({ ...choices[choice], ...settings })
    );
  }

  /** What an assignment is remembered by. */
  keyOf(assignment: readonly number[]): string {
    return assignment.map((choice) => this.nameOf(choice)).join("; ");
  }

  /**
   * Divergence from the float model of layers put together, by sample, on some of the samples that are
   * chosen by: weights were fitted to the calibration samples, which therefore show too little.
   */
  async losses(assignment: readonly number[]): Promise<number[]> {
    const base = await this.graph(0);
    const picked = new Map<string, CoreGraph>();
    for (const [layer, choice] of assignment.entries()) {
      if (choice) picked.set(this.layers[layer].name, await this.graph(choice));
    }
    const trials = await this.#on(this.#measured);
    return trials.losses(await trials.run(compose(base, picked)), TEMPERATURE);
  }

  /** The recipe that gives each layer its choice. */
  recipe(assignment: readonly number[]): Recipe {
    const { recipe, choices, source: { core } } = this.parts;
    const names = this.layers.map(({ name }) => name);
    const nodes = core.nodes.map(({ name }) => name);
    return withFloatTail(recipeOf(recipe, names, assignment, choices), nodes, names);
  }

  /** Rules that give each layer its choice. */
  rules(assignment: readonly number[]): LayerRule[] {
    return rulesOf(this.layers.map(({ name }) => name), assignment, this.parts.choices);
  }

  /** Converts by the whole recipe, and measures the file. */
  async sizes(assignment: readonly number[]): Promise<{ bytes: number; arenaBytes: number }> {
    const { source, samples, labels, sizeOf } = this.parts;
    const recipe = this.recipe(assignment);
    const graph = await this.#compress(assignment);
    // Uncoded, golden samples of any graph take the same bytes.
    const golden = recipe.coder === "auto" ? undefined : this.#golden;
    const packed = await packConverted({ source, samples, recipe, labels }, graph, golden);
    this.#golden = packed.golden;
    return {
      bytes: await sizeOf?.(packed.bytes) ?? packed.bytes.length,
      arenaBytes: readModel(packed.bytes).arenaBytes,
    };
  }

  /**
   * Converts by the whole recipe, and measures on the samples that are chosen by.
   * @param timed whether its operators are timed, too.
   */
  async try(assignment: readonly number[], timed: boolean): Promise<Tried> {
    const trials = await this.#on(this.#selection);
    const graph = await this.#compress(assignment);
    const outputs = await trials.run(graph);
    const times = timed ? [...(await this.#times(graph)).values()] : null;
    return {
      ...await this.sizes(assignment),
      loss: mean(trials.losses(outputs, TEMPERATURE)),
      accuracy: trials.accuracy(outputs),
      estimatedMs: times && times.reduce((sum, ms) => sum + ms, 0),
    };
  }

  /** Accuracy on the samples that nothing was chosen by; null without any. */
  async evaluate(assignment: readonly number[]): Promise<AccuracyReport | null> {
    const { samples } = this.parts;
    if (!samples.evaluation) return null;
    const trials = await this.#on(samples.evaluation);
    return trials.accuracy(await trials.run(await this.#compress(assignment)));
  }

  /** What a choice is called. */
  nameOf(choice: number): string {
    return nameOf(this.parts.choices[choice]);
  }

  /** The model by every choice, made once. */
  #open(): Promise<Library> {
    const { parts: { source: { core }, samples }, progress } = this;
    const recipes = this.#integer.map((choice) =>
      this.recipe(this.layers.map(() => this.#listed.indexOf(choice)))
    );
    this.#library ??= buildLibrary({ core, samples, recipes, progress });
    return this.#library;
  }

  /** The model by the whole recipe, made once. */
  #compress(assignment: readonly number[]): Promise<CoreGraph> {
    const { source: { core }, samples } = this.parts;
    const made = async () =>
      (await compress(core, samples, this.recipe(assignment), () => {})).graph;
    const known = this.#tried.get(assignment.join()) ?? made();
    this.#tried.set(assignment.join(), known);
    return known;
  }

  /** Time of every operator of a graph, milliseconds, by node name. */
  async #times(graph: CoreGraph): Promise<Map<string, number>> {
    const { dataset, indices } = this.#measured;
    return await layerTimes(graph, await dataset.inputs(indices[0]));
  }

  /** The float model's outputs on samples, computed once. */
  #on(samples: Chosen): Promise<Trials> {
    const known = this.#trials.get(samples) ?? Trials.open(this.parts.source.core, samples);
    this.#trials.set(samples, known);
    return known;
  }
}
