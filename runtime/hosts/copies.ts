/**
 * Kernels once more, for the first run.
 * @module
 */

/**
 * Copies of a module, each with an empty section of another name at its end (WebAssembly core
 * specification 2.0, §5.5.3), so that V8 takes them for other modules.
 * @param count 0 to 127.
 */
export const copiesOf = (count: number) => (code: Uint8Array): Uint8Array<ArrayBuffer>[] =>
  Array.from({ length: count }, (_, name) => {
    const copy = new Uint8Array(code.length + 4);
    copy.set(code);
    copy.set([0, 2, 1, name], code.length);
    return copy;
  });
