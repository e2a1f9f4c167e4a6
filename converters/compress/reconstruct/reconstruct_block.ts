/**
 * Learns the rounding of all layers of a block together.
 * @module
 */
import { seededRandom } from "../../data/mod.ts";
import type { CoreGraph } from "../../graph/graph.ts";
import { ENOUGH_FOR_MEANS, MeanPatchObserver } from "../correct_bias.ts";
import { Network, type Parameter } from "../distill/mod.ts";
import { weightsOf } from "../weighted.ts";
import { CentredBias } from "./centred_bias.ts";
import { type Choices, integersOf } from "./choices.ts";

/** One sample of a block. */
export interface BlockLesson {
  /** What comes in, by name: in the float model, and in the quantized one. */
  feeds: Map<string, { float: Float32Array; quantized: Float32Array }>;
  /** What the float block gives. */
  target: Float32Array;
  /** Whether it is only for comparing. */
  held: boolean;
}

/** What is learned. */
export interface BlockProblem {
  /** The block alone, with the real values of its rounded weights; those that learn have a bias. */
  graph: CoreGraph;
  /** Name of its output. */
  output: string;
  /** By the names of the nodes that learn. */
  choices: ReadonlyMap<string, Choices>;
  lessons: readonly BlockLesson[];
  /** Steps of training. */
  steps: number;
  seed: number;
}

/** What it gave. */
export interface ReconstructedBlock {
  /** By the names of the nodes; null where the rounding as it was errs less. */
  layers: Map<string, { integers: Int8Array; bias: Float32Array }> | null;
  /** Mean squared error of the block's held-out outputs over E[t²], before and after. */
  before: number;
  after: number;
}

/** Samples a step. */
export const BATCH = 4;
const RATE = 0.02;
/** Weight of the regulariser of all weights together, in shares of the error at the start. */
const LAMBDA = 1500;
/** Share of the inputs that are the float model's. */
const DROP = 0.5;

/**
 * BRECQ (Li et al. 2021, "BRECQ: Pushing the Limit of Post-Training Quantization by Block
 * Reconstruction", arXiv:2102.05426, eq. 10, with equal weights for all outputs):
 *
 *   minimise E‖f(Ŵ, x̂) − f(W, x)‖² / E‖f(W, x)‖² + λ·Σ(1 − |2h − 1|^β)
 *
 * over the roundings h of all layers of a block f together (soft_rounding.ts). While it learns, each
 * element of the input is the float model's with probability ½ (QDrop, Wei et al. 2022,
 * arXiv:2203.05740, eq. 7), which keeps it from fitting the noise of these samples. Biases follow
 * their weights.
 * @returns null where something in the block runs beside its layers on what comes in.
 * @throws KedgeError `usage/distill` where an operator of the block cannot run backwards.
 */
export function reconstructBlock(problem: BlockProblem): ReconstructedBlock | null {
  const { output, lessons, steps, seed } = problem;
  const network = new Network(problem.graph, new Set([output]));
  if (![...lessons[0].feeds.keys()].every((name) => network.feeds.includes(name))) return null;
  const held = lessons.filter((one) => one.held);
  const fit = held.length ? lessons.filter((one) => !one.held) : lessons;
  const compared = held.length ? held : lessons;
  const energy = mean(lessons, ({ target }) => target.reduce((sum, t) => sum + t * t, 0)) || 1;
  const random = seededRandom(seed);
  const { values, gradient } = network.nodes.get(output)!;
  const run = ({ feeds, target }: BlockLesson, drop: number): number => {
    for (const [name, { float, quantized }] of feeds) {
      const input = network.nodes.get(name)!.values;
      input.set(quantized);
      if (!drop) continue;
      for (let i = 0; i < input.length; i++) if (random() < drop) input[i] = float[i];
    }
    network.forward();
    return values.reduce((sum, value, i) => sum + (value - target[i]) ** 2 / energy, 0);
  };
  const observer = new MeanPatchObserver(problem.graph);
  for (const lesson of fit.slice(0, ENOUGH_FOR_MEANS)) {
    run(lesson, 0);
    for (const [name, node] of network.nodes) observer.observe(name, node.values);
  }
  const layers = learnersOf(problem, network, observer.means());
  const errorOf = () => {
    for (const layer of layers) put(layer, true);
    return mean(compared, (lesson) => run(lesson, 0));
  };
  const before = errorOf();
  let open = 0;
  for (const { choices: { soft } } of layers) {
    for (const width of soft.width) open += Number(width > 0);
  }
  for (let n = 1; n <= steps; n++) {
    for (const layer of layers) put(layer, false);
    for (const parameter of network.parameters.values()) parameter.gradient.fill(0);
    for (let i = 0; i < BATCH; i++) {
      const lesson = fit[Math.floor(random() * fit.length)];
      run(lesson, DROP);
      values.forEach((value, k) => gradient![k] = 2 * (value - lesson.target[k]) / energy / BATCH);
      network.backward();
    }
    for (const { choices: { soft }, weights, bias, centred } of layers) {
      centred.follow(weights.gradient, bias.gradient);
      soft.step(weights.gradient, n / steps, RATE, LAMBDA * before / Math.max(1, open));
    }
  }
  const after = errorOf();
  const learned = layers.map(({ name, choices, bias }) =>
    [name, { integers: integersOf(choices), bias: bias.values.slice() }] as const
  );
  return { layers: after < before ? new Map(learned) : null, before, after };
}

/** A layer that learns. */
interface Learner {
  name: string;
  choices: Choices;
  weights: Parameter;
  bias: Parameter;
  centred: CentredBias;
}

/** @param patches mean input patches by node name. */
function learnersOf(
  { graph, choices }: BlockProblem,
  network: Network,
  patches: ReadonlyMap<string, Float64Array>,
): Learner[] {
  return graph.nodes.flatMap((node) => {
    const own = choices.get(node.name);
    if (!own) return [];
    const [weights, bias] = node.inputs.slice(1).map((name) => network.parameters.get(name)!);
    const patch = patches.get(node.name)!;
    const centred = new CentredBias(node, weightsOf(graph, node)!, bias.values, patch);
    return [{ name: node.name, choices: own, weights, bias, centred }];
  });
}

/** Writes a layer's weights, decided ones or those in between, and the bias that goes with them. */
function put({ choices: { soft }, weights, bias, centred }: Learner, decided: boolean): void {
  if (decided) {
    const { low, width, h } = soft;
    for (let k = 0; k < h.length; k++) weights.values[k] = low[k] + (h[k] < 0.5 ? 0 : width[k]);
  } else soft.write(weights.values);
  centred.write(weights.values, bias.values);
}

function mean<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((sum, one) => sum + of(one), 0) / list.length;
}
