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

/** Such bytes for each multiplication of a layer (measured on ResNet-8, x64; at most). */
const BYTES_OF: Partial<Record<string, number>> = { winograd_int8: 4.5 };
const BYTES = 9.5;

/** More copies take longer to load than they save. */
const MOST = 4;

/**
 * The least number of copies that keeps every kernel of every copy under V8's budget.
 * @param layers of every kernel: multiplications of the layers that run on it, in order.
 * @returns 0 where one module will do, and where no such number will.
 */
export function copiesForFirstRun(layers: ReadonlyMap<string, readonly number[]>): number {
  for (let copies = 0; copies <= MOST; copies++) {
    const fits = [...layers].every(([kernel, macs]) => {
      const bytes = new Array<number>(copies + 1).fill(0);
      macs.forEach((count, i) => bytes[i % bytes.length] += count * (BYTES_OF[kernel] ?? BYTES));
      return Math.max(...bytes) <= BUDGET;
    });
    if (fits) return copies;
  }
  return 0;
}
