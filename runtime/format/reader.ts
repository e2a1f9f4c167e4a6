/**
 * Reads a `.kedge` file and trusts nothing in it: every offset, length, shape, index and parameter
 * is checked here, once, so that what runs the model needs no checks.
 * @module
 */
import { KedgeError } from "./error.ts";
import { fromFloat16 } from "./float16.ts";
import { corrupt, Table } from "./flatbuffer_view.ts";
import type {
  DType,
  Encoding,
  GoldenSample,
  Model,
  ModelOperator,
  ModelTensor,
  Preprocess,
} from "./model.ts";
import { MAX_RANK, type OperatorName, OPERATORS, type OperatorSpec } from "./operators.ts";
import { assertArena } from "./arena_rules.ts";
import { SHAPE_RULES } from "./shape_rules.ts";

/** Version of the schema that this reader reads. */
export const FORMAT_VERSION = 1;

const DTYPES: readonly DType[] = ["float32", "int8", "int32"];
const ENCODINGS: readonly Encoding[] = [
  "float32",
  "int8",
  "int32",
  "float16",
  "int16",
];
const WIDTHS: Record<Encoding, number> = {
  float32: 4,
  int8: 1,
  int32: 4,
  float16: 2,
  int16: 2,
};
/** Which encodings a constant of each element type can have. */
const ENCODED: Record<DType, readonly Encoding[]> = {
  float32: ["float32", "float16", "int8"],
  int8: ["int8"],
  int32: ["int32", "int16"],
};
const COLORS = ["rgb", "bgr", "gray"] as const;
const MAX_ARENA = 2 ** 30;

const SPECS = new Map<number, [OperatorName, OperatorSpec]>(
  (Object.entries(OPERATORS) as [OperatorName, OperatorSpec][]).map((
    entry,
  ) => [entry[1].code, entry]),
);

/** Whether bytes begin as a `.kedge` file does; they may still be damaged. */
export function isKedge(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === "KEDG";
}

/**
 * Reads and checks the structure of a `.kedge` file. Constants are views on `bytes`.
 * @throws KedgeError `model/not-kedge`, `model/version`, or `model/corrupt` naming the field.
 */
export function readModel(bytes: Uint8Array): Model {
  const root = rootTable(bytes);
  const version = root.uint16(0);
  if (version !== FORMAT_VERSION) {
    throw new KedgeError({
      code: "model/version",
      message: "Reading the .kedge file: its format version is not known",
      got: String(version),
      wanted: String(FORMAT_VERSION),
      hint: "use the kedge version that packed it, or pack the model again",
    });
  }
  const buffers = root.tables(4, "buffers").map((buffer) => buffer.bytes(0));
  const arenaBytes = root.uint32(7);
  if (arenaBytes > MAX_ARENA) {
    corrupt("arena_bytes", arenaBytes, `at most ${MAX_ARENA}`);
  }
  const tensors = root.tables(2, "tensors").map((table) => readTensor(table, buffers, arenaBytes));
  const index = (field: string) => (i: number) =>
    i < tensors.length ? i : corrupt(field, i, `an index below ${tensors.length}`);
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size !== tensors.length) {
    corrupt("tensors", "two tensors of one name", "unique names");
  }
  const model = {
    tensors,
    operators: root.tables(3, "operators").map((table) => readOperator(table, tensors, index)),
    inputs: root.numbers(5, "uint16").map(index("inputs")),
    outputs: root.numbers(6, "uint16").map(index("outputs")),
    arenaBytes,
    preprocess: readPreprocess(root.table(8, "preprocess")),
    labels: root.texts(9),
    provenance: readProvenance(root.table(11, "provenance")),
  };
  for (const i of [...model.inputs, ...model.outputs]) {
    if (tensors[i].data) corrupt("inputs", tensors[i].name, "an activation");
  }
  if (!model.outputs.length) corrupt("outputs", 0, "at least one");
  assertArena(model);
  return { ...model, golden: readGolden(root.tables(10, "golden"), model) };
}

/** Byte position of the checksum's 32 bytes. */
export function checksumPosition(bytes: Uint8Array): number {
  const checksum = rootTable(bytes).bytes(1);
  if (checksum.length !== 32) corrupt("checksum", checksum.length, "32 bytes");
  return checksum.byteOffset - bytes.byteOffset;
}

function rootTable(bytes: Uint8Array): Table {
  const mark = String.fromCharCode(...bytes.subarray(4, 8));
  if (mark !== "KEDG") {
    throw new KedgeError({
      code: "model/not-kedge",
      message: "Reading the .kedge file: it does not begin like one",
      got: bytes.length ? JSON.stringify(mark) : "an empty file",
      wanted: '"KEDG" at byte 4',
      hint: "make one with `deno task kedge convert MODEL -o model.kedge`",
    });
  }
  if (bytes.byteOffset % 16) bytes = bytes.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12) corrupt("root", bytes.length, "at least 12 bytes");
  return new Table(view, view.getUint32(0, true), "model");
}

function readTensor(
  table: Table,
  buffers: readonly Uint8Array[],
  arenaBytes: number,
): ModelTensor {
  const name = table.text(0);
  const field = (what: string) => `tensor "${name}".${what}`;
  const dtype = DTYPES[table.uint8(1)] ??
    corrupt(field("dtype"), table.uint8(1), "0…2");
  const shape = table.numbers(2, "uint32");
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (shape.length > MAX_RANK || shape.includes(0) || size >= 2 ** 31) {
    corrupt(
      field("shape"),
      shape.join("×"),
      `at most ${MAX_RANK} dimensions, each at least 1`,
    );
  }
  const place = table.uint32(4);
  const encoding = ENCODINGS[table.uint8(5)] ??
    corrupt(field("encoding"), table.uint8(5), "0…4");
  const constant = table.uint8(3) !== 0;
  let data: Uint8Array | null = null;
  if (constant) {
    data = buffers[place] ??
      corrupt(field("place"), place, `a buffer below ${buffers.length}`);
    if (!ENCODED[dtype].includes(encoding)) {
      corrupt(field("encoding"), encoding, ENCODED[dtype].join(" or "));
    }
    if (data.length !== size * WIDTHS[encoding] || data.byteOffset % 16) {
      corrupt(
        field("place"),
        `${data.length} bytes`,
        `${size * WIDTHS[encoding]} aligned bytes`,
      );
    }
  } else {
    const end = place + size * (dtype === "int8" ? 1 : 4);
    if (dtype === "int32") corrupt(field("dtype"), dtype, "float32 or int8");
    if (place % 16 || end > arenaBytes) {
      corrupt(field("place"), place, "a place in the arena");
    }
  }
  const scale = table.float32(6, 1);
  if (!(scale > 0 && scale < Infinity)) {
    corrupt(field("scale"), scale, "above 0, finite");
  }
  const half = table.numbers(8, "uint16");
  const axis = table.uint8(9);
  if (half.length && half.length !== shape[axis]) {
    corrupt(
      field("channel_scales"),
      half.length,
      `one for each of axis ${axis}`,
    );
  }
  const scales = half.length ? Float32Array.from(half, (bits) => scale * fromFloat16(bits)) : null;
  if (scales?.some((value) => !(value >= 0 && value < Infinity))) {
    corrupt(
      field("channel_scales"),
      "a value below 0 or infinite",
      "finite values",
    );
  }
  const zeroPoint = table.int8(7);
  if (constant && scales && zeroPoint) {
    corrupt(field("zero_point"), zeroPoint, "0");
  }
  const offset = constant ? -1 : place;
  return {
    name,
    dtype,
    shape,
    size,
    offset,
    data,
    encoding,
    scale,
    zeroPoint,
    scales,
    axis,
  };
}

function readOperator(
  table: Table,
  tensors: readonly ModelTensor[],
  index: (field: string) => (i: number) => number,
): ModelOperator {
  const name = table.text(1);
  const field = (what: string) => `operator "${name}".${what}`;
  const [op, spec] = SPECS.get(table.uint8(0)) ??
    corrupt(field("code"), table.uint8(0), "a known operator");
  const inputs = table.numbers(2, "uint16").map(index(field("inputs")));
  if (inputs.length < spec.inputs[0] || inputs.length > spec.inputs[1]) {
    corrupt(field("inputs"), inputs.length, spec.inputs.join("…"));
  }
  const output = index(field("output"))(table.uint16(3));
  if (tensors[output].data) {
    corrupt(field("output"), tensors[output].name, "an activation");
  }
  const ints = table.numbers(4, "int32");
  const floats = table.numbers(5, "float32");
  const list = ints.slice(spec.ints.length);
  if (ints.length < spec.ints.length || (list.length && !spec.list)) {
    corrupt(field("ints"), ints.length, `${spec.ints.length} parameters`);
  }
  if (floats.length !== spec.floats.length || floats.some(Number.isNaN)) {
    corrupt(field("floats"), floats.join(), `${spec.floats.length} numbers`);
  }
  const params: Record<string, number> = {};
  spec.ints.forEach((key, i) => params[key] = ints[i]);
  spec.floats.forEach((key, i) => params[key] = floats[i]);
  if (params.min > params.max) {
    corrupt(field("min"), params.min, `at most ${params.max}`);
  }
  if (tensors[output].dtype === "int8" && "min" in params) {
    const { min, max } = params;
    if (
      !(Number.isInteger(min) && Number.isInteger(max) && min >= -128 &&
        max <= 127)
    ) {
      corrupt(field("min"), `${min}…${max}`, "whole numbers in −128…127");
    }
  }
  const kinds: Partial<Record<OperatorName, number>> = { Reduce: 5, Unary: 19 };
  if (kinds[op] && !(params.kind >= 0 && params.kind < kinds[op])) {
    corrupt(field("kind"), params.kind, `below ${kinds[op]}`);
  }
  const operator = {
    op,
    name,
    inputs,
    output,
    params: params as ModelOperator["params"],
    list,
  };
  const wrong = SHAPE_RULES[op]({
    inputs: inputs.map((i) => tensors[i]),
    output: tensors[output],
    params,
    list,
  });
  if (wrong) {
    corrupt(field(op), wrong, "shapes and types that fit the operator");
  }
  return operator;
}

function readPreprocess(table: Table | null): Preprocess | null {
  if (!table) return null;
  const resize = table.numbers(1, "uint32");
  const numbers = (slot: number, name: string) => {
    const values = table.numbers(slot, "float32");
    if (!values.length || values.some((value) => !Number.isFinite(value))) {
      corrupt(`preprocess.${name}`, values.join(), "finite numbers");
    }
    return values;
  };
  if (
    resize.length &&
    (resize.length !== 2 || resize.some((dim) => dim < 1 || dim > 65535))
  ) {
    corrupt("preprocess.resize", resize.join("×"), "height and width");
  }
  return {
    color: COLORS[table.uint8(0)] ??
      corrupt("preprocess.color", table.uint8(0), "0…2"),
    resize: resize.length ? [resize[0], resize[1]] : null,
    scale: table.float32(2, 1),
    mean: numbers(3, "mean"),
    std: numbers(4, "std"),
    layout: table.uint8(5) ? "NCHW" : "NHWC",
  };
}

function readProvenance(table: Table | null): Model["provenance"] {
  const text = (slot: number) => table?.text(slot) ?? "";
  return { name: text(0), sha256: text(1), kedge: text(2), recipe: text(3) };
}

function readGolden(
  tables: readonly Table[],
  model: Pick<Model, "tensors" | "inputs" | "outputs" | "operators">,
): GoldenSample[] {
  return tables.map((table) => {
    const buffers = (
      slot: number,
      name: string,
      indices: readonly number[],
    ) => {
      const found = table.tables(slot, name).map((buffer) => buffer.bytes(0));
      indices.forEach((index, i) => {
        const { size } = model.tensors[index];
        const length = found[i]?.length;
        if (length !== size && length !== size * 4) {
          corrupt(name, length ?? 0, `${size} values`);
        }
      });
      return found;
    };
    const hashes = Uint32Array.from(table.numbers(2, "uint32"));
    if (hashes.length !== model.operators.length) {
      corrupt("golden.hashes", hashes.length, "one for each operator");
    }
    return {
      inputs: buffers(0, "golden.inputs", model.inputs),
      outputs: buffers(1, "golden.outputs", model.outputs),
      hashes,
    };
  });
}
