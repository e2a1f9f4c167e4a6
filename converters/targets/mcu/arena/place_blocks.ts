/**
 * Places blocks of memory in one arena, where an operator's output may run over its input.
 *
 * An operator that works row by row needs the first rows of its input no more when it writes its
 * last rows, so the two may share memory, shifted by a few rows (Ward et al. 2020, "Diagonal Memory
 * Optimisation for Machine Learning on Micro-controllers"). Blocks are placed greedily, largest
 * first (Pisarchyk and Lee 2020), and the order is then improved by seeded trials.
 * @module
 */

/** Memory that is needed for a while. */
export interface Block {
  readonly bytes: number;
  /** First and last task at which it is needed; −1 is before the first task. */
  readonly from: number;
  readonly to: number;
}

/** Two blocks, alive at the same task, that may share memory. */
export interface Overlap {
  /** Block that the task reads for the last time. */
  readonly input: number;
  /** Block that the task writes. */
  readonly output: number;
  /** Safe where `offset(output) + distance ≤ offset(input)`, bytes. */
  readonly distance: number;
}

/** Where the blocks lie. */
export interface Placement {
  /** Byte offset of each block, a multiple of ALIGN. */
  readonly offsets: readonly number[];
  /** Bytes of the arena, a multiple of ALIGN. */
  readonly bytes: number;
}

/** Alignment of every block, bytes. */
export const ALIGN = 16;

/** Trials from each first order; fewer where there are many blocks. */
const TRIALS = 2000;

/** Finds a placement; the same blocks give the same placement. */
export function placeBlocks(
  blocks: readonly Block[],
  overlaps: readonly Overlap[],
): Placement {
  const distances = new Map(
    overlaps.map(({ input, output, distance }) => [output * blocks.length + input, distance]),
  );
  const neighbours = blocks.map((block) =>
    blocks.flatMap((other, i) =>
      other !== block && other.from <= block.to && block.from <= other.to ? [i] : []
    )
  );
  const indices = blocks.map((_, i) => i);
  const place = (order: readonly number[]) => placeInOrder(order, blocks, neighbours, distances);
  const starts = [
    indices.toSorted((a, b) => blocks[b].bytes - blocks[a].bytes || a - b),
    indices.toSorted((a, b) =>
      blocks[a].from - blocks[b].from || blocks[b].bytes - blocks[a].bytes || a - b
    ),
    indices.toSorted((a, b) =>
      blocks[b].to - blocks[a].to || blocks[b].bytes - blocks[a].bytes || b - a
    ),
  ];
  const floor = leastBytes(blocks, distances);
  const trials = Math.min(TRIALS, Math.floor(400_000 / (blocks.length * blocks.length + 1)));
  const random = generator();
  let best: Placement | null = null;
  for (const start of starts) {
    let order = start;
    let found = place(order);
    for (let trial = 0; trial < trials && found.bytes > floor; trial++) {
      const moved = moveEarlier(order, found, blocks, random);
      const next = place(moved);
      if (next.bytes <= found.bytes) [order, found] = [moved, next];
    }
    if (!best || found.bytes < best.bytes) best = found;
  }
  return best!;
}

/** The order with one block placed earlier: mostly one of those that end at the peak. */
function moveEarlier(
  order: readonly number[],
  { offsets, bytes }: Placement,
  blocks: readonly Block[],
  random: (below: number) => number,
): number[] {
  const peak = order.map((_, at) => at)
    .filter((at) => align(offsets[order[at]] + blocks[order[at]].bytes) === bytes);
  const from = random(4) ? peak[random(peak.length)] : random(order.length);
  const moved = order.slice();
  const [block] = moved.splice(from, 1);
  moved.splice(random(from + 1), 0, block);
  return moved;
}

/** No placement can be smaller than the largest block, or two that may not share. */
function leastBytes(blocks: readonly Block[], distances: ReadonlyMap<number, number>): number {
  let least = 0;
  const last = Math.max(-1, ...blocks.map(({ to }) => to));
  for (let task = -1; task <= last; task++) {
    const alive = blocks.map((_, i) => i)
      .filter((i) => blocks[i].from <= task && task <= blocks[i].to);
    const sharing = alive.some((a) => alive.some((b) => distances.has(a * blocks.length + b)));
    const sizes = alive.map((i) => align(blocks[i].bytes));
    least = Math.max(
      least,
      sharing ? Math.max(...sizes) : sizes.reduce((sum, size) => sum + size, 0),
    );
  }
  return least;
}

/** Puts one block after the other at the lowest place where it harms none of those before. */
function placeInOrder(
  order: readonly number[],
  blocks: readonly Block[],
  neighbours: readonly (readonly number[])[],
  distances: ReadonlyMap<number, number>,
): Placement {
  const offsets = new Array<number>(blocks.length).fill(-1);
  let bytes = 0;
  for (const i of order) {
    const size = blocks[i].bytes;
    // Each placed neighbour forbids the offsets low < offset < high.
    const forbidden = neighbours[i].filter((other) => offsets[other] >= 0).map((other) => {
      const asOutput = distances.get(i * blocks.length + other);
      const asInput = distances.get(other * blocks.length + i);
      const from = offsets[other];
      const low = asOutput === undefined ? from - size : Math.max(from - size, from - asOutput);
      const end = from + blocks[other].bytes;
      const high = asInput === undefined ? end : Math.min(end, from + asInput);
      return { low, high };
    }).sort((a, b) => a.high - b.high);
    let at = 0;
    // Offsets only grow, so one pass by upper bound and a repeat until nothing forbids.
    for (let moved = true; moved;) {
      moved = false;
      for (const { low, high } of forbidden) {
        if (low < at && at < high) {
          at = align(high);
          moved = true;
        }
      }
    }
    offsets[i] = at;
    bytes = Math.max(bytes, at + size);
  }
  return { offsets, bytes: align(bytes) };
}

/** The next multiple of ALIGN. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

/** Whole numbers below a limit, always the same sequence (Numerical Recipes' generator). */
function generator(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}
