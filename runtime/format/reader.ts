/**
 * Reads a `.kedge` file and trusts nothing in it: every offset, length, shape, index and parameter
 * is checked here, once, so that what runs the model needs no checks.
 * @module
 */
import { ALL_OPERATORS } from "./all_operators.ts";
import { assertArena } from "./arena_rules.ts";
import { KedgeError } from "./error.ts";
import { corrupt, rootTable, type Table } from "./flatbuffer_view.ts";
import type { Model } from "./model.ts";
import { readGolden, readPreprocess, readProvenance } from "./read_extras.ts";
import { type KnownOperator, readOperator } from "./read_operator.ts";
import { type OpenConstants, readTensors } from "./read_tensor.ts";
import { isCompact } from "./structure/expand.ts";
import { expand } from "./structure/expand_file.ts";
import * as ALL_UNPACKERS from "./unpack/mod.ts";
import { constantUnpacker } from "./unpack/constants.ts";

/** Version of the schema that this reader reads. */
export const FORMAT_VERSION = 1;

/** Tensors are numbered in 16 bits. */
const MOST_PARTS = 2 ** 16;

/** Whether bytes begin as a `.kedge` file does, compact or not; they may still be damaged. */
export function isKedge(bytes: Uint8Array): boolean {
  return isPlain(bytes) || isCompact(bytes);
}

function isPlain(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === "KEDG";
}

/**
 * Reads a file with any operators and encodings, compact or not, and checks all of it.
 * @throws KedgeError as `readModelWith` and `assertArena`.
 */
export function readModel(bytes: Uint8Array): Model {
  const model = readModelWith(ALL_OPERATORS, expand(bytes), constantUnpacker(ALL_UNPACKERS));
  assertArena(model);
  return model;
}

/**
 * Reads and checks the structure of a `.kedge` file, but not its memory plan (arena_rules.ts). Constants are views on `bytes`, or on a copy
 * where `bytes` do not start at a multiple of 16 in their buffer.
 * @param known operators that may occur.
 * @param unpacking of constants that are not plain; without it they are refused.
 * @throws KedgeError `model/not-kedge`, `model/version`, or `model/corrupt` naming the field.
 */
export function readModelWith(
  known: readonly KnownOperator[],
  bytes: Uint8Array,
  unpacking?: OpenConstants,
): Model {
  const root = openFile(bytes);
  const version = root.number(0, Uint16Array);
  if (version !== FORMAT_VERSION) {
    throw new KedgeError({
      code: "model/version",
      message: "Reading the .kedge file: its format version is not known",
      got: String(version),
      wanted: String(FORMAT_VERSION),
      hint: "use the kedge version that packed it, or pack the model again",
    });
  }
  const arenaBytes = root.number(7, Uint32Array);
  const buffers = root.tables(4, "buffers").map((buffer) => buffer.bytes(0));
  const tensors = readTensors(parts(root, 2, "tensors"), buffers, arenaBytes, unpacking);
  const index = (field: string) => (i: number) =>
    i < tensors.length ? i : corrupt(field, i, `an index below ${tensors.length}`);
  const activations = (slot: number, name: string) => {
    const indices = root.numbers(slot, Uint16Array).map(index(name));
    const constant = indices.find((i) => tensors[i].data);
    if (constant !== undefined) corrupt(name, tensors[constant].name, "an activation");
    return indices.length ? indices : corrupt(name, 0, "at least one");
  };
  const model = {
    tensors,
    operators: parts(root, 3, "operators").map((table) =>
      readOperator(table, known, tensors, index)
    ),
    inputs: activations(5, "inputs"),
    outputs: activations(6, "outputs"),
    arenaBytes,
    preprocess: readPreprocess(root.table(8, "preprocess")),
    labels: root.texts(9),
    provenance: readProvenance(root.table(11, "provenance")),
  };
  return { ...model, golden: readGolden(root.tables(10, "golden"), model) };
}

/** Byte position of the checksum's 32 bytes. */
export function checksumPosition(bytes: Uint8Array): number {
  const root = openFile(bytes);
  const { length } = root.bytes(1);
  return length === 32 ? root.position(1) : corrupt("checksum", length, "32 bytes");
}

/** Byte positions of the contents of all buffers. */
export function bufferPositions(bytes: Uint8Array): number[] {
  return openFile(bytes).tables(4, "buffers").map((buffer) => buffer.position(0));
}

/** The root table, of a copy where bytes do not lie as the constants in them have to. */
function openFile(bytes: Uint8Array): Table {
  if (isPlain(bytes)) {
    const { buffer, byteOffset, length } = bytes.byteOffset % 16 ? bytes.slice() : bytes;
    return rootTable(new Uint8Array(buffer as ArrayBuffer, byteOffset, length), "model");
  }
  const mark = String.fromCharCode(...bytes.subarray(4, 8));
  throw new KedgeError({
    code: "model/not-kedge",
    message: "Reading the .kedge file: it does not begin like one",
    got: bytes.length ? JSON.stringify(mark) : "an empty file",
    wanted: '"KEDG" at byte 4',
    hint: "make one with `deno task kedge convert MODEL -o model.kedge`",
  });
}

function parts(root: Table, slot: number, name: string): Table[] {
  const tables = root.tables(slot, name);
  return tables.length <= MOST_PARTS
    ? tables
    : corrupt(name, tables.length, `at most ${MOST_PARTS}`);
}
