/** Commands that write into the same folder at the same time leave each other's files alone. */
import assert from "node:assert/strict";
import { assertWritable, writeFolder } from "../../converters/stages/write_output.ts";

Deno.test("many check one missing folder while others write into it", async () => {
  const root = await Deno.makeTempDir();
  const report = new Map([["report.json", new Uint8Array([123, 125])]]);
  try {
    for (let round = 0; round < 20; round++) {
      const folder = (name: number) => `${root}/${round}/deeper/${name}`;
      await Promise.all(Array.from({ length: 8 }, async (_, name) => {
        await assertWritable(folder(name));
        await writeFolder(folder(name), report);
      }));
      for (let name = 0; name < 8; name++) {
        assert.deepEqual(
          await Deno.readFile(`${folder(name)}/report.json`),
          report.get("report.json"),
        );
      }
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("checking leaves nothing behind, not even the folders on the way", async () => {
  const root = await Deno.makeTempDir();
  try {
    await assertWritable(`${root}/some/where/`);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(root)), []);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
