/**
 * What takes part in a benchmark.
 * @module
 */
import type { ErrorArea } from "../../../runtime/format/error.ts";
import type { FileBytes } from "../shipped_bytes.ts";

/** A file that has to be shipped to run a contender. */
export interface ShippedFile {
  name: string;
  bytes: Uint8Array;
  part: FileBytes["part"];
}

/** A runtime with a model, ready to be started in a process of its own. */
export interface Contender {
  /** "kedge int8": unique in a benchmark. */
  name: string;
  /** "onnxruntime-web 1.30.0". */
  runtime: string;
  /** How weights and activations are held. */
  precision: string;
  /** Whether it is ours: the others are compared with these. */
  own: boolean;
  /** Script of its process. */
  worker: URL;
  /** What the script is told besides the sample. */
  config: Record<string, unknown>;
  shipped: ShippedFile[];
  /** Area of the error when its process fails. */
  area: ErrorArea;
}

/** Files of the temporary folder that contenders read. */
export interface Workshop {
  /** Path of the folder, without a slash behind. */
  folder: string;
  /** Writes a file there; gives its path. */
  write(name: string, bytes: Uint8Array): Promise<string>;
}

/** The script of a contender's process. */
export function worker(name: string): URL {
  return new URL(`../workers/${name}.ts`, import.meta.url);
}
