/** Constants and calls as C text. */
import type { Model, ModelOperator, ModelTensor } from "../../runtime/format/model.ts";

/** A float32 as a C constant. */
export function cFloat(x: number): string {
  if (x === Infinity) return "(1.0f / 0.0f)";
  if (x === -Infinity) return "(-1.0f / 0.0f)";
  const text = String(Math.fround(x));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/** A constant array; `type` is the C element type. */
export function cArray(name: string, type: string, values: ArrayLike<number>): string {
  const items = Array.from(values, (x) => type === "float" ? cFloat(x) : String(x));
  return `static const ${type} ${name}[${items.length}] = {${items.join(", ")}};\n`;
}

/** What one layer's call is made of. */
export interface Parts {
  readonly model: Model;
  readonly operator: ModelOperator;
  readonly prefix: string;
  readonly x: ModelTensor;
  readonly output: ModelTensor;
  /** Addresses of inputs and output. */
  readonly from: readonly string[];
  readonly to: string;
}

/** Constants and body of a layer's function. */
export interface Call {
  readonly constants?: string;
  readonly kernels: readonly string[];
  readonly body: string;
  readonly scratch?: number;
}
