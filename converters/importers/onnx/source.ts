/**
 * What an importer is given to read.
 * @module
 */

/** A model file, already read, and a way to the files beside it. */
export interface ModelSource {
  /** Name of the file, as it is to stand in messages. */
  name: string;
  /** The whole file. Tensors may be views on it, so it must not be changed afterwards. */
  bytes: Uint8Array;
  /** Reads a file beside the model (external data); `path` is relative to the model's folder. */
  readBeside(path: string): Promise<Uint8Array>;
}
