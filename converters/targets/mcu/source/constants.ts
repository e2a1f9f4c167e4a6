/**
 * Constants of the emitted C: arrays and structs with names, equal ones once.
 * @module
 */

/** C element types of arrays. */
export type ElementType = "int8_t" | "uint8_t" | "int16_t" | "int32_t" | "uint32_t" | "float";

const BYTES: Record<ElementType, number> = {
  int8_t: 1,
  uint8_t: 1,
  int16_t: 2,
  int32_t: 4,
  uint32_t: 4,
  float: 4,
};

const LINE = 100;

/** Collects constants in the order of their first use. */
export class Constants {
  readonly #byText = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #definitions: string[] = [];
  #bytes = 0;

  /** Bytes of all arrays in flash. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All definitions as C. */
  get text(): string {
    return this.#definitions.join("");
  }

  /**
   * An array of numbers.
   * @param name what it is called unless there is an equal one.
   * @param comment one line that stands above it.
   * @param only macro without which it is left out.
   * @returns its C name.
   */
  array(
    type: ElementType,
    name: string,
    values: ArrayLike<number>,
    comment = "",
    only = "",
  ): string {
    const text = valueLines(type, values);
    const known = this.#byText.get(`${only}${type}:${text}`);
    if (known) return known;
    const free = this.#free(name);
    this.#byText.set(`${only}${type}:${text}`, free);
    this.#bytes += values.length * BYTES[type];
    // Kernels read words of four bytes.
    const aligned = BYTES[type] === 1 ? "KEDGE_ALIGNED " : "";
    const above = comment ? `/* ${comment} */\n` : "";
    const definition =
      `${above}static const ${aligned}${type} ${free}[${values.length}] = {\n${text}};\n`;
    this.#definitions.push(only ? `#if defined(${only})\n${definition}#endif\n` : definition);
    return free;
  }

  /**
   * A struct.
   * @param fields initializers, in order, each with the field's name.
   * @returns an expression that points to it.
   */
  struct(type: string, name: string, fields: Readonly<Record<string, string | number>>): string {
    const entries = Object.entries(fields).map(([field, value]) => `.${field} = ${value}`);
    const text = wrap(entries.map((entry) => `${entry},`));
    const known = this.#byText.get(`${type}:${text}`);
    if (known) return known;
    const free = this.#free(name);
    this.#byText.set(`${type}:${text}`, `&${free}`);
    this.#definitions.push(`static const ${type} ${free} = {\n${text}};\n`);
    return `&${free}`;
  }

  /** The name, with a number behind it where it is taken. */
  #free(name: string): string {
    let free = name;
    for (let i = 2; this.#names.has(free); i++) free = `${name}_${i}`;
    this.#names.add(free);
    return free;
  }
}

/** A float32 as a C literal with the same bits; NaN and infinities are written as divisions. */
export function floatLiteral(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return "(0.0f / 0.0f)";
  if (single === Infinity) return "(1.0f / 0.0f)";
  if (single === -Infinity) return "(-1.0f / 0.0f)";
  if (Object.is(single, -0)) return "-0.0f";
  const text = shortest(single);
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** The fewest digits that read back as the same float32. */
function shortest(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}

/** An int32 as a C literal: the lowest one has none of its own. */
export function intLiteral(value: number): string {
  return value === -2147483648 ? "(-2147483647 - 1)" : String(value);
}

function valueLines(type: ElementType, values: ArrayLike<number>): string {
  const texts = Array.from(values, (value) => {
    if (type === "float") return floatLiteral(value) + ",";
    if (type === "uint32_t") return `0x${(value >>> 0).toString(16)}u,`;
    return intLiteral(value) + ",";
  });
  return wrap(texts);
}

/** Joins with blanks, broken into lines. */
function wrap(parts: readonly string[]): string {
  let out = "";
  let line = "";
  for (const part of parts) {
    if (line && line.length + part.length + 3 > LINE) {
      out += `  ${line}\n`;
      line = "";
    }
    line += line ? ` ${part}` : part;
  }
  return line ? `${out}  ${line}\n` : out;
}
