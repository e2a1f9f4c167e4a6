/** Constants of every element type, in raw bytes, in typed fields and in files beside the model. */
import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import {
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
} from "onnx-buf";
import { importOnnx, type ModelSource } from "../../converters/importers/onnx/mod.ts";
import { errorOf } from "../helpers/import_error.ts";
import { onnxInput, onnxModel, onnxNode, type TypeName, TYPES } from "../helpers/onnx_builder.ts";

type Beside = ModelSource["readBeside"];

const nothing: Beside = () => Promise.reject(new Error("no such file"));

/** The constant "w" of a model as it is imported. */
async function imported(tensor: TensorProto, readBeside: Beside = nothing) {
  const { tensors } = await importOnnx({
    name: "m.onnx",
    bytes: onnxModel({
      nodes: [onnxNode("Identity", ["w"], ["y"])],
      inputs: [onnxInput("x", [1])],
      outputs: ["y"],
      initializers: [tensor],
    }),
    readBeside,
  });
  return tensors.get("w")!;
}

type Fields = Partial<Omit<TensorProto, "$typeName" | "$unknown">>;

function constant(type: TypeName | number, dims: number[], fields: Fields): TensorProto {
  const dataType = typeof type === "number" ? type : TYPES[type];
  return create(TensorProtoSchema, { name: "w", dims: dims.map(BigInt), dataType, ...fields });
}

/** Bits of 1, −2 and 0.5, or of 1, −2 and 3. */
const CASES: { type: TypeName; raw: ArrayBufferView; typed: Fields; values: number[] }[] = [
  {
    type: "float32",
    raw: Float32Array.of(1, -2, 0.5),
    typed: { floatData: [1, -2, 0.5] },
    values: [1, -2, 0.5],
  },
  {
    type: "float64",
    raw: Float64Array.of(1, -2, 0.5),
    typed: { doubleData: [1, -2, 0.5] },
    values: [1, -2, 0.5],
  },
  {
    type: "float16",
    raw: Uint16Array.of(0x3c00, 0xc000, 0x3800),
    typed: { int32Data: [0x3c00, 0xc000, 0x3800] },
    values: [1, -2, 0.5],
  },
  {
    type: "bfloat16",
    raw: Uint16Array.of(0x3f80, 0xc000, 0x3f00),
    typed: { int32Data: [0x3f80, 0xc000, 0x3f00] },
    values: [1, -2, 0.5],
  },
  {
    type: "int8",
    raw: Int8Array.of(1, -2, 3),
    typed: { int32Data: [1, -2, 3] },
    values: [1, -2, 3],
  },
  {
    type: "uint8",
    raw: Uint8Array.of(1, 254, 3),
    typed: { int32Data: [1, 254, 3] },
    values: [1, 254, 3],
  },
  {
    type: "int16",
    raw: Int16Array.of(1, -2, 3),
    typed: { int32Data: [1, -2, 3] },
    values: [1, -2, 3],
  },
  {
    type: "uint16",
    raw: Uint16Array.of(1, 65534, 3),
    typed: { int32Data: [1, 65534, 3] },
    values: [1, 65534, 3],
  },
  {
    type: "int32",
    raw: Int32Array.of(1, -2, 3),
    typed: { int32Data: [1, -2, 3] },
    values: [1, -2, 3],
  },
  {
    type: "uint32",
    raw: Uint32Array.of(1, 4294967294, 3),
    typed: { uint64Data: [1n, 4294967294n, 3n] },
    values: [1, 4294967294, 3],
  },
  {
    type: "int64",
    raw: BigInt64Array.of(1n, -2n, 3n),
    typed: { int64Data: [1n, -2n, 3n] },
    values: [1, -2, 3],
  },
  {
    type: "uint64",
    raw: BigUint64Array.of(1n, 2n, 3n),
    typed: { uint64Data: [1n, 2n, 3n] },
    values: [1, 2, 3],
  },
  { type: "bool", raw: Uint8Array.of(1, 0, 1), typed: { int32Data: [1, 0, 1] }, values: [1, 0, 1] },
];

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

for (const { type, raw, typed, values } of CASES) {
  Deno.test(`${type} constants in raw bytes and in typed fields are alike`, async () => {
    const rawData = bytesOf(raw);
    for (const fields of [{ rawData }, typed]) {
      const { data, dtype, shape } = await imported(constant(type, [3], fields));
      assert.deepEqual(Array.from<number | bigint, number>(data!, Number), values);
      assert.equal(dtype, type === "bfloat16" ? "float32" : type);
      assert.deepEqual(shape, [3]);
    }
  });
}

Deno.test("scalars and empty tensors are constants too", async () => {
  assert.deepEqual([...(await imported(constant("float32", [], { floatData: [7] }))).data!], [7]);
  const empty = await imported(constant("float32", [2, 0], {}));
  assert.deepEqual([empty.shape, empty.data?.length], [[2, 0], 0]);
});

const WRONG: Record<string, TensorProto> = {
  "too few bytes": constant("float32", [3], { rawData: new Uint8Array(8) }),
  "too many bytes": constant("float32", [1], { rawData: new Uint8Array(8) }),
  "a part of an element": constant("float32", [2], { rawData: new Uint8Array(7) }),
  "too few values": constant("float32", [3], { floatData: [1] }),
  "values in another type's field": constant("float32", [1], { int64Data: [1n] }),
  "a negative dimension": constant("float32", [-1], { floatData: [1] }),
  "more elements than there can be": constant("float32", [2 ** 40, 2 ** 40], {}),
};

for (const [what, tensor] of Object.entries(WRONG)) {
  Deno.test(`a constant with ${what} is refused by its name`, async () => {
    const { code, where } = await errorOf(() => imported(tensor));
    assert.equal(code, "model/shape");
    assert.equal(where?.tensor, "w");
  });
}

for (const type of [14, 17, 22, 0, 99]) {
  Deno.test(`a constant of element type ${type} is refused`, async () => {
    const { code, got } = await errorOf(() => imported(constant(type, [1], {})));
    assert.equal(code, "model/unsupported");
    assert.ok(got);
  });
}

/** A float32 constant of two values that lies beside the model. */
function outside(entries: Record<string, string>): TensorProto {
  return constant("float32", [2], {
    dataLocation: Location.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value })
    ),
  });
}

const file: Beside = (path) =>
  path === "weights.bin" || path === "deep/er/weights.bin"
    ? Promise.resolve(bytesOf(Float32Array.of(0, 1, 2, 3)))
    : Promise.reject(new Error(`no "${path}"`));

Deno.test("weights in a file beside the model are read from their place", async () => {
  const places: [Record<string, string>, number[]][] = [
    [{ location: "weights.bin" }, [0, 1]],
    [{ location: "weights.bin", offset: "4" }, [1, 2]],
    [{ location: "weights.bin", offset: "8", length: "8" }, [2, 3]],
    [{ location: "deep/er/weights.bin", length: "8", checksum: "…" }, [0, 1]],
  ];
  for (const [entries, values] of places) {
    assert.deepEqual([...(await imported(outside(entries), file)).data!], values);
  }
});

const BAD_PLACES: Record<string, Record<string, string>> = {
  "a missing file": { location: "other.bin" },
  "no location": {},
  "a place above the model's folder": { location: "../weights.bin" },
  "a place above, further in": { location: "deep/../../weights.bin" },
  "an absolute path": { location: "/etc/passwd" },
  "a path on a Windows drive": { location: "C:\\weights.bin" },
  "a path above with backslashes": { location: "..\\weights.bin" },
  "a zero byte": { location: "weights.bin\0.txt" },
  "an offset behind the end": { location: "weights.bin", offset: "12" },
  "more bytes than there are": { location: "weights.bin", length: "99" },
  "a negative offset": { location: "weights.bin", offset: "-4" },
  "an offset that is no number": { location: "weights.bin", offset: "4x" },
};

for (const [what, entries] of Object.entries(BAD_PLACES)) {
  Deno.test(`external data with ${what} is refused`, async () => {
    const { code, where } = await errorOf(() => imported(outside(entries), file));
    assert.equal(code, "model/external-data");
    assert.equal(where?.tensor, "w");
  });
}

Deno.test("external data of another length than the shape's is refused", async () => {
  const tensor = outside({ location: "weights.bin", length: "12" });
  assert.equal((await errorOf(() => imported(tensor, file))).code, "model/shape");
});
