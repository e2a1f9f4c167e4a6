/**
 * Assignments that a search converted as a whole.
 * @module
 */
import type { Candidate, LayerOptions, SearchLimits } from "../../check/search.ts";
import type { Progress } from "../options.ts";
import type { SearchState } from "./state.ts";
import type { Workbench } from "./workbench.ts";

/** A candidate with the choice of each layer. */
export interface TriedAssignment extends Omit<Candidate, "rules" | "front"> {
  assignment: number[];
}

/** A layer before anything is chosen. */
export type MeasuredLayer = Omit<LayerOptions, "chosen" | "bytes">;

/** What candidates are found by. */
export interface CandidateInput {
  workbench: Workbench;
  state: SearchState;
  layers: readonly MeasuredLayer[];
  limits: SearchLimits;
  /** Whether all listed choices are tried for all layers alike. */
  compare: boolean;
  progress: Progress;
}

/** All that were tried, each once, no two of the same name. */
export class Attempts {
  readonly all: TriedAssignment[] = [];

  /** @param expected how many there will be, about. */
  constructor(readonly input: CandidateInput, readonly expected: number) {}

  /** Converts by an assignment and measures, unless that is known. */
  async try(name: string, assignment: number[]): Promise<TriedAssignment> {
    const known = this.all.find((tried) => tried.assignment.join() === assignment.join());
    if (known) return known;
    const { workbench, state, limits, progress } = this.input;
    const done = this.all.length;
    progress("verify", done, Math.max(this.expected, done + 1));
    const timed = limits.maxLatencyMs !== undefined;
    const tried = await state.remember(
      `try ${timed ? "timed " : ""}${workbench.keyOf(assignment)}`,
      () => workbench.try(assignment, timed),
    );
    const made = { name: this.#distinct(name), ...tried, assignment };
    this.all.push(made);
    return made;
  }

  /** One choice for all layers. */
  alike(choice: number): Promise<TriedAssignment> {
    const { workbench, layers } = this.input;
    return this.try(workbench.nameOf(choice), layers.map(() => choice));
  }

  /** The name, with a number where others have it already. */
  #distinct(name: string): string {
    const taken = new Set(this.all.map((other) => other.name));
    let [unique, number] = [name, 1];
    while (taken.has(unique)) unique = `${name} (${++number})`;
    return unique;
  }
}
