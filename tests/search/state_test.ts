/** What a search keeps on disk: it goes on where it stopped, and takes nothing from other searches. */
import assert from "node:assert/strict";
import { SearchState } from "../../converters/stages/search/state.ts";

async function inFolder(run: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/deep/state.json`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const fail = () => Promise.reject(new Error("it was measured before"));

Deno.test("state: what was measured is not measured again", () =>
  inFolder(async (file) => {
    const state = await SearchState.open(file, "key");
    assert.equal(await state.remember("a", () => Promise.resolve(0.1 + 0.2)), 0.1 + 0.2);
    assert.equal(await state.remember("a", fail), 0.1 + 0.2);
    await state.write();
    const again = await SearchState.open(file, "key");
    assert.equal(await again.remember("a", fail), 0.1 + 0.2);
    await again.remove();
    await assert.rejects(Deno.stat(file));
  }));

Deno.test("state: another search's file, a damaged one and none are no state", () =>
  inFolder(async (file) => {
    const state = await SearchState.open(file, "key");
    await state.remember("a", () => Promise.resolve(1));
    await state.write();
    assert.equal((await SearchState.open(file, "other")).entries.size, 0);
    const text = await Deno.readTextFile(file);
    for (
      const damaged of [
        text.slice(0, -3),
        "null",
        "[]",
        '{"key":"key"}',
        '{"key":"key","entries":7}',
      ]
    ) {
      await Deno.writeTextFile(file, damaged);
      assert.equal((await SearchState.open(file, "key")).entries.size, 0, damaged);
    }
    const none = await SearchState.open(null, "key");
    assert.equal(await none.remember("a", () => Promise.resolve(2)), 2);
    await none.write();
  }));
