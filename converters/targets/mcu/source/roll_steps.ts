/**
 * Finds steps that come again and again, as the time steps of an LSTM do, and writes them as a loop
 * over what differs between them.
 * @module
 */

/** A line of the model: a kernel or macro with its arguments as C. */
export interface Line {
  readonly name: string;
  readonly arguments: readonly string[];
}

/** What one layer, or a band of one, is written as. */
export interface StepLines {
  readonly comment: string;
  readonly lines: readonly Line[];
}

/** Steps `from` up to but not including `from + period`, that come `count` times. */
export interface Roll {
  readonly from: number;
  readonly period: number;
  readonly count: number;
  /** Arguments of each line of the period, which may read `i` and fields of `step`. */
  readonly steps: readonly StepLines[];
  /** Fields of what differs, widest first, and their values by iteration. */
  readonly fields: readonly Field[];
}

/** One field of the table of a loop. */
export interface Field {
  readonly type: "const void *" | "int32_t" | "uint16_t";
  readonly name: string;
  readonly values: readonly string[];
}

/** Bytes of code of a line, about; a loop has to save so many bytes to be worth reading. */
const LINE_BYTES = 28;
const LEAST_SAVED = 1024;
const LONGEST_PERIOD = 128;

const ARENA = /^(FLOAT_)?AT\((\d+)\)(?: \+ (\d+))?$/;
const POINTER = /^&?[A-Za-z_]\w*$/;
const INTEGER = /^-?\d+$/;
const BYTES = { "const void *": 4, "int32_t": 4, "uint16_t": 2 };

/** The loops of a model, in order; steps in between are in none. */
export function rollSteps(steps: readonly StepLines[]): Roll[] {
  const keys = steps.map(keyOf);
  const rolls: Roll[] = [];
  for (let from = 0; from < steps.length; from++) {
    const best = bestFrom(steps, keys, from);
    if (!best) continue;
    rolls.push(best);
    from += best.period * best.count - 1;
  }
  return rolls;
}

/** Steps with one key differ at most in places, numbers and constants. */
function keyOf({ lines }: StepLines): string {
  const kind = (text: string) => {
    const arena = ARENA.exec(text);
    if (arena) return arena[1] ? "float place" : "place";
    return POINTER.test(text) ? "pointer" : INTEGER.test(text) ? "integer" : text;
  };
  return lines.map(({ name, arguments: parts }) => [name, ...parts.map(kind)].join(" ")).join("\n");
}

function bestFrom(steps: readonly StepLines[], keys: string[], from: number): Roll | null {
  let best: { roll: Roll; saved: number } | null = null;
  for (let period = 1; period <= LONGEST_PERIOD && from + 2 * period <= keys.length; period++) {
    let same = period;
    while (from + same < keys.length && keys[from + same] === keys[from + same % period]) same++;
    const count = Math.floor(same / period);
    if (count < 2) continue;
    const roll = makeRoll(steps, from, period, count);
    const lines = roll.steps.reduce((sum, step) => sum + step.lines.length, 0);
    const row = roll.fields.reduce((sum, { type }) => sum + BYTES[type], 0);
    const saved = (count - 1) * lines * LINE_BYTES - count * row;
    if (saved >= LEAST_SAVED && saved > (best?.saved ?? 0)) best = { roll, saved };
  }
  return best?.roll ?? null;
}

function makeRoll(
  steps: readonly StepLines[],
  from: number,
  period: number,
  count: number,
): Roll {
  const fields = new Map<string, Field>();
  const field = (type: Field["type"], values: readonly string[]): string => {
    const key = `${type}:${values}`;
    const known = fields.get(key);
    if (known) return `step->${known.name}`;
    const name = `${type === "const void *" ? "p" : "n"}${fields.size}`;
    fields.set(key, { type, name, values });
    return `step->${name}`;
  };
  const number = (values: readonly number[]): string => {
    const step = values[1] - values[0];
    if (values.every((value, i) => value === values[0] + i * step)) {
      if (!step) return String(values[0]);
      const times = step === 1 ? "i" : `${step} * i`;
      return values[0] ? `${values[0]} + ${times}` : times;
    }
    const small = values.every((value) => value >= 0 && value < 65536);
    return field(small ? "uint16_t" : "int32_t", values.map(String));
  };
  const argument = (texts: readonly string[]): string => {
    if (texts.every((text) => text === texts[0])) return texts[0];
    const places = texts.map((text) => ARENA.exec(text));
    if (places[0]) {
      const width = places[0][1] ? 4 : 1;
      const offsets = places.map((place) => Number(place![2]) + width * Number(place![3] ?? 0));
      return `${places[0][1] ?? ""}AT(${number(offsets)})`;
    }
    return INTEGER.test(texts[0]) ? number(texts.map(Number)) : field("const void *", texts);
  };
  const rolled = steps.slice(from, from + period).map(({ comment, lines }, at): StepLines => ({
    comment,
    lines: lines.map(({ name, arguments: parts }, line) => ({
      name,
      arguments: parts.map((_, part) =>
        argument(
          Array.from(
            { length: count },
            (_, i) => steps[from + i * period + at].lines[line].arguments[part],
          ),
        )
      ),
    })),
  }));
  const widest = [...fields.values()].toSorted((a, b) => BYTES[b.type] - BYTES[a.type]);
  return { from, period, count, steps: rolled, fields: widest };
}
