/**
 * Reads and checks what a `.kedge` file holds besides the graph: preprocessing, golden samples, and
 * where it came from.
 * @module
 */
import { corrupt, type Table } from "./flatbuffer_view.ts";
import type { GoldenSample, Model, Preprocess } from "./model.ts";
import { bytesOf } from "./read_tensor.ts";

const COLORS = ["rgb", "bgr", "gray"] as const;

/**
 * Reads the preprocessing, if there is any.
 * @throws KedgeError `model/corrupt`.
 */
export function readPreprocess(table: Table | null): Preprocess | null {
  if (!table) return null;
  const resize = table.numbers(1, Uint32Array);
  if (resize.length && (resize.length !== 2 || resize.some((dim) => dim < 1 || dim > 65535))) {
    corrupt("preprocess.resize", resize.join("×"), "height and width");
  }
  const scale = table.number(2, Float32Array, 1);
  if (!Number.isFinite(scale)) corrupt("preprocess.scale", scale, "a finite number");
  const std = perChannel(table, 4, "std");
  if (std.includes(0)) corrupt("preprocess.std", std.join(), "numbers other than 0");
  return {
    color: COLORS[table.number(0, Uint8Array)] ??
      corrupt("preprocess.color", table.number(0, Uint8Array), "0…2"),
    resize: resize.length ? [resize[0], resize[1]] : null,
    scale,
    mean: perChannel(table, 3, "mean"),
    std,
    layout: table.number(5, Uint8Array) ? "NCHW" : "NHWC",
  };
}

function perChannel(table: Table, slot: number, name: string): number[] {
  const values = table.numbers(slot, Float32Array);
  if (![1, 3].includes(values.length) || !values.every(Number.isFinite)) {
    corrupt(`preprocess.${name}`, values.join(), "1 or 3 finite numbers");
  }
  return values;
}

/** Reads where the model came from; what is not there is "". */
export function readProvenance(table: Table | null): Model["provenance"] {
  const text = (slot: number) => table?.text(slot) ?? "";
  return { name: text(0), sha256: text(1), kedge: text(2), recipe: text(3) };
}

/**
 * Reads the golden samples. An input may be kept as int8, one byte a value.
 * @throws KedgeError `model/corrupt`.
 */
export function readGolden(
  tables: readonly Table[],
  { tensors, operators, inputs, outputs }: Omit<Model, "golden">,
): GoldenSample[] {
  const buffers = (
    table: Table,
    slot: number,
    indices: readonly number[],
    lengths: (index: number) => number[],
  ) => {
    const name = `${table.name}.${slot ? "outputs" : "inputs"}`;
    const found = table.tables(slot, name).map((buffer) => buffer.bytes(0));
    if (found.length !== indices.length) corrupt(name, found.length, `${indices.length}`);
    indices.forEach((index, i) => {
      const wanted = lengths(index);
      if (wanted.includes(found[i].length)) return;
      corrupt(`${name}[${i}]`, `${found[i].length} bytes`, `${wanted.join(" or ")} bytes`);
    });
    return found;
  };
  return tables.map((table) => {
    const hashes = Uint32Array.from(table.numbers(2, Uint32Array));
    if (hashes.length !== operators.length) {
      corrupt(`${table.name}.hashes`, hashes.length, "one for each operator");
    }
    return {
      inputs: buffers(table, 0, inputs, (i) => [tensors[i].size, tensors[i].size * 4]),
      outputs: buffers(table, 1, outputs, (i) => [bytesOf(tensors[i])]),
      hashes,
    };
  });
}
