/** Blocks that are alive together lie apart, or overlap only as far as it is safe. */
import assert from "node:assert/strict";
import {
  ALIGN,
  type Block,
  type Overlap,
  placeBlocks,
} from "../../converters/targets/mcu/arena/place_blocks.ts";
import { neededRows, type Rows, safeDistance } from "../../converters/targets/mcu/arena/rows.ts";
import { Random } from "../helpers/random.ts";

/** A random program: each task reads some earlier block and writes a new one. */
function randomProgram(random: Random): { blocks: Block[]; overlaps: Overlap[] } {
  const count = random.int(2, 14);
  const blocks: { bytes: number; from: number; to: number }[] = [];
  const overlaps: Overlap[] = [];
  for (let task = 0; task < count; task++) {
    const input = blocks.length ? random.int(0, blocks.length - 1) : null;
    if (input !== null) blocks[input].to = Math.max(blocks[input].to, task);
    blocks.push({ bytes: random.int(1, 4000), from: task, to: task });
    if (input !== null && random.int(0, 1)) {
      overlaps.push({ input, output: blocks.length - 1, distance: random.int(0, 500) });
    }
  }
  return {
    blocks,
    overlaps: overlaps.filter(({ input, output }) => blocks[input].to === blocks[output].from),
  };
}

Deno.test("placements are sound, whatever the blocks", () => {
  for (let seed = 0; seed < 200; seed++) {
    const { blocks, overlaps } = randomProgram(new Random(seed));
    const { offsets, bytes } = placeBlocks(blocks, overlaps);
    blocks.forEach((a, i) => {
      assert.equal(offsets[i] % ALIGN, 0, `seed ${seed}`);
      assert.ok(offsets[i] + a.bytes <= bytes, `seed ${seed}: block ${i} in the arena`);
      blocks.forEach((b, k) => {
        if (k === i || a.from > b.to || b.from > a.to) return;
        const apart = offsets[i] + a.bytes <= offsets[k] || offsets[k] + b.bytes <= offsets[i];
        const shared = overlaps.some(({ input, output, distance }) =>
          (input === i && output === k || input === k && output === i) &&
          offsets[output] + distance <= offsets[input]
        );
        assert.ok(apart || shared, `seed ${seed}: blocks ${i} and ${k}`);
      });
    });
    assert.deepEqual(placeBlocks(blocks, overlaps), { offsets, bytes }, "the same again");
  }
});

Deno.test("a chain of equal pictures needs one and a few rows", () => {
  const blocks = Array.from({ length: 6 }, (_, i) => ({ bytes: 8000, from: i - 1, to: i }));
  const overlaps = blocks.slice(1).map((_, i) => ({ input: i, output: i + 1, distance: 640 }));
  assert.equal(placeBlocks(blocks, overlaps).bytes, 8000 + 5 * 640);
});

Deno.test("the safe distance keeps every row that is still needed, and no more", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(seed);
    const reach = random.int(1, 5);
    const stride = random.int(1, 3);
    const padTop = random.int(0, reach - 1);
    const height = random.int(reach, 12);
    const rows: Rows = {
      height,
      outHeight: Math.floor((height + padTop - reach) / stride) + 1,
      stride,
      padTop,
      reach,
      rowBytes: random.int(1, 9),
      outRowBytes: 6,
      outCellBytes: random.pick([1, 2, 3, 6]),
    };
    const harmed = (distance: number) => {
      for (let y = 0; y < rows.outHeight; y++) {
        // Output starts at 0, input at `distance`: what is written with row y (tiles of four
        // cells reach into the next), and what it still reads.
        const whole = rows.outHeight * rows.outRowBytes;
        const written = Math.min((y + 1) * rows.outRowBytes + 3 * rows.outCellBytes, whole);
        const { from } = neededRows(rows, { from: y, to: y + 1 });
        if (written > distance + from * rows.rowBytes) return true;
      }
      return false;
    };
    const distance = safeDistance(rows);
    assert.ok(!harmed(distance), `seed ${seed}`);
    if (distance > 0) assert.ok(harmed(distance - 1), `seed ${seed}: ${distance} is the least`);
  }
});
