/**
 * The progress bar: one line on standard error, only on a terminal.
 * @module
 */

/** A bar that shows stages by name. */
export interface ProgressBar extends Disposable {
  /** Shows that `done` of `total` steps of a stage are done. */
  show(stage: string, done: number, total: number): void;
  /** Takes the line away. */
  end(): void;
}

const WIDTH = 24;
/** Milliseconds between two drawings. */
const PAUSE = 60;
/** Milliseconds that a stage has to take before the time left is guessed. */
const GUESSED_AFTER = 2000;

/** Makes a bar that draws nothing when it is not wanted or standard error is no terminal. */
export function createProgress(wanted: boolean): ProgressBar {
  if (!wanted || !Deno.stderr.isTerminal()) return drawTo(null);
  const encoder = new TextEncoder();
  return drawTo((text) => void Deno.stderr.writeSync(encoder.encode(text)));
}

/** The same on any output; null draws nothing. */
export function drawTo(write: ((text: string) => void) | null): ProgressBar {
  let last = -Infinity;
  let shown = "";
  const clock = new StageClock();
  const end = () => {
    if (shown) write?.("\r\x1b[K");
    shown = "";
  };
  return {
    show(stage, done, total) {
      if (!write) return;
      const now = performance.now();
      const left = clock.left(stage, done, total, now);
      if (stage === shown && done < total && now - last < PAUSE) return;
      last = now;
      shown = stage;
      write(`\r\x1b[K${bar(stage, done, total)}${left}`);
    },
    end,
    [Symbol.dispose]: end,
  };
}

/** Guesses the time that stages have left; several may take turns. */
export class StageClock {
  readonly #stages = new Map<string, { at: number; from: number; last: number }>();

  /** The time left as text; "" while it is early. `now` is in milliseconds. */
  left(stage: string, done: number, total: number, now: number): string {
    const known = this.#stages.get(stage);
    // A step back is the stage once more.
    if (!known || done < known.last) {
      this.#stages.set(stage, { at: now, from: done, last: done });
      return "";
    }
    known.last = done;
    const elapsed = now - known.at;
    if (elapsed < GUESSED_AFTER || done === known.from || done >= total) return "";
    const seconds = Math.ceil(elapsed / (done - known.from) * (total - done) / 1000);
    const minutes = Math.floor(seconds / 60);
    return minutes ? `, ${minutes} min ${seconds % 60} s left` : `, ${seconds} s left`;
  }
}

/** One line: stage, bar, and steps where there are several. */
export function bar(stage: string, done: number, total: number): string {
  const full = total > 0 ? Math.round(WIDTH * Math.min(done / total, 1)) : WIDTH;
  const steps = total > 1 ? ` ${done}/${total}` : "";
  return `${stage.padEnd(10)} ${"█".repeat(full)}${"░".repeat(WIDTH - full)}${steps}`;
}
