/**
 * What a search measured so far, on disk, so that it can go on after it was stopped.
 * @module
 */
import { writeFile } from "../write_output.ts";

/** Milliseconds between two writes. */
const PAUSE = 500;

/** Measurements by name. */
export class SearchState {
  #written = performance.now();
  #changed = false;

  private constructor(
    /** Path of the file; null keeps nothing. */
    readonly file: string | null,
    readonly key: string,
    readonly entries: Map<string, unknown>,
  ) {}

  /**
   * Takes up the entries of the file, if they are of the same search.
   * @param key of all that decides the search.
   */
  static async open(file: string | null, key: string): Promise<SearchState> {
    return new SearchState(file, key, new Map(Object.entries(await read(file, key))));
  }

  /** The entry of that name, or else what `measure` gives, kept under it. It has to be JSON. */
  async remember<T>(name: string, measure: () => Promise<T>): Promise<T> {
    if (this.entries.has(name)) return this.entries.get(name) as T;
    const value = await measure();
    this.entries.set(name, value);
    this.#changed = true;
    if (performance.now() - this.#written > PAUSE) await this.write();
    return value;
  }

  /** Writes what is new. */
  async write(): Promise<void> {
    if (!this.file || !this.#changed) return;
    const { key } = this;
    const text = JSON.stringify({ key, entries: Object.fromEntries(this.entries) });
    await writeFile(this.file, new TextEncoder().encode(text));
    this.#written = performance.now();
    this.#changed = false;
  }

  /** Takes the file away: the search is done. */
  async remove(): Promise<void> {
    this.#changed = false;
    if (this.file) await Deno.remove(this.file).catch(() => {});
  }
}

/** Entries of a file of the same search; none where it is missing, damaged or of another one. */
async function read(file: string | null, key: string): Promise<object> {
  if (!file) return {};
  try {
    const json = JSON.parse(await Deno.readTextFile(file));
    const { entries } = json;
    return json.key === key && typeof entries === "object" ? entries ?? {} : {};
  } catch {
    return {};
  }
}
