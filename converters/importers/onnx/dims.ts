/**
 * Static shapes for the model's inputs.
 * @module
 */
import type { TypeProto_Tensor, ValueInfoProto } from "onnx-buf";
import { type ErrorData, KedgeError } from "../../../runtime/format/error.ts";
import type { Tensor } from "../../graph/graph.ts";
import { dtypeOf } from "./tensor.ts";

/**
 * The model's inputs with static shapes. A dimension that the model leaves open takes its value from
 * `dims`, by its symbol or, where it has none, by `input:axis`; an open first dimension (and its
 * symbol anywhere) defaults to 1. "batch" stands for the first dimension whatever its symbol is.
 * @throws KedgeError `model/dynamic-shape` that lists all open dimensions, `usage/dim` for a name that
 * no dimension has or a value that is no positive integer, `model/unsupported` for an input that is
 * no tensor.
 */
export function resolveInputs(
  inputs: readonly ValueInfoProto[],
  given: Readonly<Record<string, number>>,
  file: string,
): Tensor[] {
  const types = inputs.map((input) => tensorType(input, file));
  const names = inputs.map((input, i) =>
    types[i].shape?.dim.map(({ value }, axis) => {
      if (value.case === "dimValue" && value.value > 0n) {
        return Number(value.value);
      }
      return value.case === "dimParam" && value.value !== ""
        ? value.value
        : `${input.name}:${axis}`;
    }) ?? []
  );
  const open = new Set(
    names.flat().filter((dim): dim is string => typeof dim === "string"),
  );
  const dims = nameBatch(given, names.map(([first]) => first));
  checkNames(dims, open, file);
  const values = new Map<string, number>();
  for (const [first] of names) {
    if (typeof first === "string") values.set(first, 1);
  }
  for (const [name, value] of Object.entries(dims)) values.set(name, value);

  const missing: ErrorData[] = [];
  const tensors = inputs.map(({ name }, i): Tensor => ({
    name,
    dtype: dtypeOf(types[i].elemType, `input "${name}"`, file),
    shape: names[i].map((dim, axis) => {
      const value = typeof dim === "number" ? dim : values.get(dim);
      if (value === undefined) {
        missing.push(openDimension(name, String(dim), axis));
      }
      return value ?? 0;
    }),
  }));
  if (missing.length > 0) {
    const flags = [
      ...new Set(missing.map(({ where }) => `--dim ${where?.tensor}=…`)),
    ];
    throw new KedgeError({
      code: "model/dynamic-shape",
      message:
        `Reading the ONNX model "${file}": ${missing.length} dimension(s) of its inputs are open`,
      where: { file },
      got: missing.map(({ got }) => got).join("; "),
      wanted: "a size for each",
      hint: `give ${flags.join(" ")}`,
      details: missing,
    });
  }
  return tensors;
}

/** Puts the first dimensions' own symbols in the place of "batch"; a static one has to fit. */
function nameBatch(
  dims: Readonly<Record<string, number>>,
  firsts: readonly (string | number | undefined)[],
): Readonly<Record<string, number>> {
  const { batch, ...others } = dims;
  const stands = batch === undefined || firsts.includes("batch") ||
    firsts.some((first) => typeof first !== "string" && first !== batch);
  if (stands) return dims;
  const symbols = firsts.filter((first) => typeof first === "string");
  return { ...Object.fromEntries(symbols.map((symbol) => [symbol, batch])), ...others };
}

function openDimension(input: string, dim: string, axis: number): ErrorData {
  return {
    code: "model/dynamic-shape",
    message: `Input "${input}": dimension ${axis} ("${dim}") has no size`,
    where: { tensor: dim },
    got: `"${dim}" in axis ${axis} of input "${input}"`,
    wanted: "a size",
    hint: `--dim ${dim}=…`,
  };
}

function tensorType(input: ValueInfoProto, file: string): TypeProto_Tensor {
  const type = input.type?.value;
  if (type?.case === "tensorType" && type.value.shape) return type.value;
  const untyped = type?.case === "tensorType" || type?.case === undefined;
  throw new KedgeError({
    code: untyped ? "model/dynamic-shape" : "model/unsupported",
    message: `Reading input "${input.name}": ${
      untyped ? "the model gives it no shape" : "it is not a tensor"
    }`,
    where: { file, tensor: input.name },
    got: type?.case ?? "no type",
    wanted: "a tensor with a known number of dimensions",
    hint: "export the model again with shapes for its inputs",
  });
}

function checkNames(
  dims: Readonly<Record<string, number>>,
  open: ReadonlySet<string>,
  file: string,
): void {
  for (const [name, value] of Object.entries(dims)) {
    if (open.has(name) && Number.isSafeInteger(value) && value > 0) continue;
    throw new KedgeError({
      code: "usage/dim",
      message: open.has(name)
        ? `Setting dimension "${name}": ${value} is not a size`
        : `Setting dimension "${name}": no input has an open dimension of that name`,
      where: { file, tensor: name },
      got: `${name}=${value}`,
      wanted: open.has(name)
        ? "a positive integer"
        : `one of ${[...open].map((n) => `"${n}"`).join(", ") || "none"}`,
      hint: "`kedge inspect` lists the model's inputs",
    });
  }
}
