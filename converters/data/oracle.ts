/**
 * ONNX Runtime as the oracle: what the original model answers.
 * @module
 */
import * as ort from "onnxruntime-web/wasm";
import { KedgeError } from "../../runtime/format/error.ts";
import { fromFloat16, toFloat16 } from "../../runtime/format/float16.ts";

/** How to open the original model. */
export interface OracleOptions {
  /** Sizes of the model's open dimensions by symbol. */
  dims?: Record<string, number>;
  /** Static shape of every input by name. */
  shapes: Record<string, readonly number[]>;
  /** Files beside the model, by the path that the model names them with. */
  externalData?: Record<string, Uint8Array>;
}

/** The original model, ready to run. One run at a time. */
export interface Oracle {
  /** Names of the inputs, in the model's order. */
  readonly inputNames: readonly string[];
  /** Names of the outputs, in the model's order. */
  readonly outputNames: readonly string[];
  /**
   * Runs the model once.
   * @param inputs values in the model's order and in the shapes given; they are converted to the
   * inputs' own types.
   * @returns values of every output as float32, in the model's order.
   * @throws KedgeError `model/oracle`.
   */
  run(inputs: readonly Float32Array[]): Promise<Float32Array[]>;
  /** Gives its memory back. */
  close(): Promise<void>;
}

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;
ort.env.logLevel = "error";

/** ONNX Runtime's number for "fatal": faults arrive as errors, so it need not print them. */
const FATAL = 4;

/**
 * Opens an ONNX model in ONNX Runtime (WASM, one thread; wants no permission but to read).
 * @throws KedgeError `model/oracle` with ONNX Runtime's own words.
 */
export async function createOracle(bytes: Uint8Array, options: OracleOptions): Promise<Oracle> {
  const { dims = {}, shapes, externalData = {} } = options;
  const session = await attempt(
    "Opening the original model",
    () =>
      ort.InferenceSession.create(bytes, {
        logSeverityLevel: FATAL,
        freeDimensionOverrides: dims,
        externalData: Object.entries(externalData).map(([path, data]) => ({ path, data })),
      }),
  );
  const { inputNames, outputNames } = session;
  const types = session.inputMetadata.map((input) => input.isTensor ? input.type : "float32");
  return {
    inputNames,
    outputNames,
    run: (inputs) =>
      attempt("Running the original model", async () => {
        const feeds = inputNames.map((name, i) => [
          name,
          toTensor(inputs[i], types[i], shapes[name]),
        ]);
        const outputs = await session.run(Object.fromEntries(feeds));
        return outputNames.map((name) => toFloat32(outputs[name]));
      }),
    close: () => session.release(),
  };
}

async function attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new KedgeError({
      code: "model/oracle",
      message: `${doing} in ONNX Runtime: it refused`,
      got: cause instanceof Error ? cause.message : String(cause),
      hint: "see whether the model runs in onnxruntime at all; its words are above",
    }, { cause });
  }
}

/** Values in an input's own element type. */
function toTensor(values: Float32Array, type: ort.Tensor.Type, shape: readonly number[]) {
  switch (type) {
    case "int64":
      return new ort.Tensor(type, BigInt64Array.from(values, toBigInt), shape);
    case "uint64":
      return new ort.Tensor(type, BigUint64Array.from(values, toBigInt), shape);
    case "float16":
      return new ort.Tensor(type, Uint16Array.from(values, toFloat16), shape);
    case "float64":
      return new ort.Tensor(type, Float64Array.from(values), shape);
    case "int32":
      return new ort.Tensor(type, Int32Array.from(values), shape);
    case "int8":
      return new ort.Tensor(type, Int8Array.from(values), shape);
    case "uint8":
    case "bool":
      return new ort.Tensor(type, Uint8Array.from(values), shape);
    default:
      return new ort.Tensor("float32", values, shape);
  }
}

function toBigInt(value: number): bigint {
  return BigInt(Math.trunc(value));
}

function toFloat32({ data, type }: ort.Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  // Deno has Float16Array, and onnxruntime then gives that instead of 16-bit patterns.
  if (data instanceof Uint16Array && type === "float16") {
    return Float32Array.from(data, fromFloat16);
  }
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}
