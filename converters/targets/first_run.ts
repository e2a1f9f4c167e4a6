/**
 * How many copies of its kernels a model's first run is dealt out among (runtime/engine/engine.ts), so
 * that V8 does not begin to optimize while it lasts: for ResNet-8 that takes 4 MB of memory.
 * @module
 */

/**
 * V8 optimizes a function of a module when the machine code that it ran, from the head of a loop to
 * its end at each turn, comes to so many bytes (`--wasm-tiering-budget`, V8 14).
 */
const BUDGET = 13e6;

/**
 * Such bytes for each multiplication and each value that a layer makes (fitted to ResNet-8 and DS-CNN,
 * which they keep under the budget with a fifth to spare; x64).
 */
const BYTES_OF: Partial<Record<string, [macs: number, values: number]>> = {
  winograd_int8: [4.5, 0],
  conv2d_int8_dot: [3.5, 220],
  pack_panels: [166, 0],
};
const BYTES = [7.4, 220];

/** What a layer computes. */
export interface Work {
  /** Multiplications. */
  macs: number;
  /** Values that come out. */
  values: number;
}

/** More copies take longer to load than they save. */
const MOST = 7;

/**
 * The least number of copies that keeps every kernel of every copy under V8's budget.
 * @param layers of every kernel those that run on it, in order.
 * @returns 0 where one module will do, and where no such number will.
 */
export function copiesForFirstRun(layers: ReadonlyMap<string, readonly Work[]>): number {
  for (let copies = 0; copies <= MOST; copies++) {
    const fits = [...layers].every(([kernel, works]) => {
      const [each, value] = BYTES_OF[kernel] ?? BYTES;
      const bytes = new Array<number>(copies + 1).fill(0);
      works.forEach(({ macs, values }, i) =>
        bytes[i % bytes.length] += each * macs + value * values
      );
      return Math.max(...bytes) <= BUDGET;
    });
    if (fits) return copies;
  }
  return 0;
}
