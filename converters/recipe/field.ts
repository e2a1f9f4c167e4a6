/**
 * What a field of a recipe may hold.
 * @module
 */

/** One field: what it is when left out, and what else it may be. */
export interface Field<T> {
  /** Value where the recipe has none. */
  initial: T;
  /** What it takes, for messages. */
  wanted: string;
  /** Whether a value that came from outside may stand there. */
  fits(value: unknown): boolean;
}

/** One of a few values; the first is taken where the recipe has none. */
export function choice<T extends string | number>(...values: readonly [T, ...T[]]): Field<T> {
  return {
    initial: values[0],
    wanted: values.join(", "),
    fits: (value) => (values as readonly unknown[]).includes(value),
  };
}

/** true or false. */
export function flag(initial: boolean): Field<boolean> {
  return { initial, wanted: "true or false", fits: (value) => typeof value === "boolean" };
}

/** A number above `least` and up to `most`. */
export function number(initial: number, least: number, most: number): Field<number> {
  return {
    initial,
    wanted: `${least}…${most}`,
    fits: (value) => typeof value === "number" && value > least && value <= most,
  };
}

/** A share, from 0 on and less than 1. */
export function share(initial: number): Field<number> {
  return {
    initial,
    wanted: "a share from 0 on, less than 1",
    fits: (value) => typeof value === "number" && value >= 0 && value < 1,
  };
}

/** A whole number in least…most. */
export function whole(initial: number, least = -Infinity, most = Infinity): Field<number> {
  const bounds = most < Infinity ? ` in ${least}…${most}` : `, ${least} or more`;
  return {
    initial,
    wanted: `a whole number${least > -Infinity ? bounds : ""}`,
    fits: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

/** An object as JSON has them. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
