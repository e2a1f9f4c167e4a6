/** Code that a tool wrote is what the tool writes now. */
import assert from "node:assert/strict";
import { generateSchema } from "../../converters/pack/generate_schema.ts";
import { generateKernels, generateNumeric } from "../../converters/targets/generate_kernels.ts";

const FOLDERS: Record<string, { make: () => Promise<Map<string, string>>; task: string }> = {
  "converters/pack/generated/": { make: generateSchema, task: "schema" },
  "runtime/kernels/generated/": { make: generateKernels, task: "kernels" },
  "converters/numeric/generated/": { make: generateNumeric, task: "kernels" },
};

for (const [folder, { make, task }] of Object.entries(FOLDERS)) {
  Deno.test(`${folder} is what \`deno task ${task}\` writes`, async () => {
    const root = new URL(`../../${folder}`, import.meta.url);
    const wanted = await make();
    const committed = (await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name);
    assert.deepEqual(committed.sort(), [...wanted.keys()].sort());
    for (const [name, text] of wanted) {
      const same = await Deno.readTextFile(new URL(name, root)) === text;
      assert(same, `${folder}${name} is stale: run \`deno task ${task}\``);
    }
  });
}
