/**
 * Command line arguments: the part of `@std/cli/parse-args` that kedge uses, with the same
 * signatures and results, for machines that cannot reach JSR. Taking `links` out of deno.json gives
 * the real one. Left out: `stopEarly`, dotted keys, and the types inferred from literal options.
 * @module
 */

/** What the options are. */
export interface ParseOptions {
  /** Puts what follows `--` into `"--"` instead of `_`. */
  "--"?: boolean;
  /** Other names of an option; every name gets the value. */
  alias?: Record<string, string | readonly string[]>;
  /** Options without a value; false when not given. */
  boolean?: string | readonly string[];
  /** Values of options that are not given. */
  default?: Record<string, unknown>;
  /** Options whose value is never read as a number. */
  string?: string | readonly string[];
  /** Options that may be repeated; always a list. */
  collect?: string | readonly string[];
  /** Options that `--no-NAME` sets to false. */
  negatable?: string | readonly string[];
  /** Called for everything that is not declared; it is dropped when false comes back. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Options by name, and everything else in `_`. */
export interface Args {
  [name: string]: unknown;
  /** Arguments that are no options. */
  _: Array<string | number>;
}

const FLAG = /^(?:-(?:(?<long>-)(?<negated>no-)?)?)(?<key>.+?)(?:=(?<value>.+?))?$/s;
const NUMBER = /^[-+]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i;
const TRUTH = /^(?:true|false)$/;

/**
 * Takes a command line apart.
 *
 * `--key value`, `--key=value`, `-k value`, `-k=value`, `-k5`, `-abc`, `--no-key`; a value that
 * begins with `-` needs the `=`. A declared string without a value is "", any other option true.
 */
export function parseArgs(
  args: readonly string[],
  options: ParseOptions = {},
): Args {
  const booleans = new Set(listOf(options.boolean));
  const strings = new Set(listOf(options.string));
  const collected = new Set(listOf(options.collect));
  const negatable = new Set(listOf(options.negatable));
  const names = aliases(options.alias ?? {});
  for (const set of [booleans, strings, collected]) {
    for (const key of [...set]) {
      for (const name of names.get(key) ?? []) set.add(name);
    }
  }
  const result: Args = { _: [] };

  const store = (key: string, value: unknown): void => {
    const before = result[key];
    if (collected.has(key)) {
      result[key] = Array.isArray(before) ? [...before, value] : [value];
    } else result[key] = value;
  };
  const set = (key: string, raw: string | boolean, arg: string): void => {
    const declared = booleans.has(key) || strings.has(key) || names.has(key);
    if (!declared && options.unknown?.(arg, key, raw) === false) return;
    const value = typeof raw === "string" && !strings.has(key) &&
        NUMBER.test(raw)
      ? Number(raw)
      : raw;
    store(key, value);
    for (const name of names.get(key) ?? []) store(name, value);
  };
  /** Sets `key` from the next argument when that is its value; tells whether it was. */
  const setFromNext = (
    key: string,
    next: string | undefined,
    arg: string,
  ): boolean => {
    if (next === undefined) return false;
    if (booleans.has(key)) {
      if (!TRUTH.test(next)) return false;
      set(key, next === "true", arg);
    } else {
      if (next.startsWith("-") && next !== "-") return false;
      set(key, next, arg);
    }
    return true;
  };
  const bare = (key: string) => strings.has(key) ? "" : true;

  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  for (let i = 0; i < before.length; i++) {
    const arg = before[i];
    const next = before[i + 1];
    const groups = arg === "-" ? undefined : FLAG.exec(arg)?.groups;
    if (!groups || !arg.startsWith("-")) {
      if (options.unknown?.(arg) === false) continue;
      result._.push(strings.has("_") || !NUMBER.test(arg) ? arg : Number(arg));
    } else if (groups.long) {
      const { negated, value } = groups;
      if (negated && value === undefined && negatable.has(groups.key)) {
        set(groups.key, false, arg);
        continue;
      }
      const key = negated ? `no-${groups.key}` : groups.key;
      if (value !== undefined) {
        set(key, booleans.has(key) ? value === "true" : value, arg);
      } else if (setFromNext(key, next, arg)) i++;
      else set(key, bare(key), arg);
    } else if (setLetters(arg, set, bare)) {
      const last = arg.at(-1)!;
      if (setFromNext(last, next, arg)) i++;
      else set(last, bare(last), arg);
    }
  }
  for (const [key, value] of Object.entries(options.default ?? {})) {
    for (const name of [key, ...names.get(key) ?? []]) {
      if (!(name in result)) result[name] = value;
    }
  }
  for (const key of booleans) {
    if (!(key in result)) result[key] = collected.has(key) ? [] : false;
  }
  for (const key of strings) {
    if (!(key in result) && collected.has(key)) result[key] = [];
  }
  const rest = end < 0 ? [] : args.slice(end + 1);
  if (options["--"]) result["--"] = rest;
  else result._.push(...rest);
  return result;
}

/** Sets all letters of `-abc` but the last; false when a value was attached (`-k5`, `-k=value`). */
function setLetters(
  arg: string,
  set: (key: string, value: string | boolean, arg: string) => void,
  bare: (key: string) => string | boolean,
): boolean {
  for (let i = 1; i < arg.length - 1; i++) {
    const letter = arg[i];
    const rest = arg.slice(i + 1);
    const attached = rest.startsWith("=") ? rest.slice(1) : rest;
    if (rest.startsWith("=") || NUMBER.test(rest) || /^\W/.test(rest)) {
      set(letter, attached, arg);
      return false;
    }
    set(letter, bare(letter), arg);
  }
  return true;
}

/** Every name with its other names. */
function aliases(
  given: Record<string, string | readonly string[]>,
): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const [key, others] of Object.entries(given)) {
    const all = [key, ...listOf(others)];
    for (const name of all) {
      names.set(name, all.filter((other) => other !== name));
    }
  }
  return names;
}

function listOf(value: string | readonly string[] = []): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
