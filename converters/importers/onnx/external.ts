/**
 * Weights that lie in files beside the model (ONNX external data).
 * @module
 */
import type { TensorProto } from "onnx-buf";
import { KedgeError } from "../../../runtime/format/error.ts";
import type { ModelSource } from "./source.ts";

/** Reads the external data of tensors, each file once. */
export class ExternalData {
  readonly #source: ModelSource;
  readonly #files = new Map<string, Promise<Uint8Array>>();

  /** Files are read through `source.readBeside`. */
  constructor(source: ModelSource) {
    this.#source = source;
  }

  /**
   * The bytes of one tensor, a view on its file. Without a length it takes `wanted` bytes.
   * @throws KedgeError `model/external-data` when the entry is malformed, leaves the model's folder,
   * cannot be read, or points outside its file.
   */
  async read(tensor: TensorProto, wanted: number): Promise<Uint8Array> {
    const entries = new Map(
      tensor.externalData.map(({ key, value }) => [key, value]),
    );
    const location = entries.get("location") ?? "";
    if (!staysInside(location)) {
      throw this.#error(tensor, "its location leaves the model's folder", {
        got: `"${location}"`,
        wanted: "a relative path inside the model's folder",
      });
    }
    const offset = this.#integer(tensor, entries.get("offset") ?? "0");
    const length = this.#integer(tensor, entries.get("length") ?? `${wanted}`);
    const bytes = await this.#file(tensor, location);
    if (offset + length > bytes.length) {
      throw this.#error(tensor, `"${location}" is too short`, {
        got: `${bytes.length} bytes`,
        wanted: `${length} bytes from byte ${offset}`,
      });
    }
    return bytes.subarray(offset, offset + length);
  }

  #file(tensor: TensorProto, location: string): Promise<Uint8Array> {
    let file = this.#files.get(location);
    if (!file) {
      // Wrapped so that a readBeside that throws at once also becomes a rejection.
      file = Promise.resolve().then(() => this.#source.readBeside(location))
        .catch((cause) => {
          throw this.#error(tensor, `"${location}" cannot be read`, {
            got: cause instanceof Error ? cause.message : String(cause),
            wanted: `the file "${location}" beside the model`,
          }, cause);
        });
      this.#files.set(location, file);
    }
    return file;
  }

  #integer(tensor: TensorProto, text: string): number {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw this.#error(tensor, "its offset or length is not a number", {
      got: `"${text}"`,
      wanted: "a whole number of bytes",
    });
  }

  #error(
    tensor: TensorProto,
    reason: string,
    values: { got: string; wanted: string },
    cause?: unknown,
  ): KedgeError {
    return new KedgeError({
      code: "model/external-data",
      message: `Reading the external data of tensor "${tensor.name}": ${reason}`,
      where: { file: this.#source.name, tensor: tensor.name },
      ...values,
      hint: "put the data files beside the model, as it was exported",
    }, { cause });
  }
}

function staysInside(location: string): boolean {
  if (location === "" || /^[/\\]|^[A-Za-z]:|\0/.test(location)) return false;
  return !location.split(/[/\\]/).includes("..");
}
