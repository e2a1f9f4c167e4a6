/** The runtime imported from a URL: another process, with no right but to import it. */
import assert from "node:assert/strict";
import { goldenInputs } from "../../runtime/engine/self_check.ts";
import { load, run } from "../../runtime/mod.ts";
import { noise, packWithGolden, pictureGraph, vectorGraph } from "../helpers/small_models.ts";

const ROOT = new URL("../../", import.meta.url);

/** What a user's program may look like; it prints its outputs' bytes and its own check. */
const program = (origin: string, model: string, inputs: Record<string, string>) => `
import { load, run, selfCheck } from "${origin}/runtime/mod.ts";
const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const loaded = await load(bytes("${model}"));
const inputs: Record<string, Float32Array> = {};
for (const [name, text] of Object.entries(${JSON.stringify(inputs)})) {
  inputs[name] = new Float32Array(bytes(text).buffer);
}
const outputs = Object.entries(run(loaded, inputs)).map(([name, values]) => {
  return [name, values.constructor.name, [...new Uint8Array(values.buffer)]];
});
console.log(JSON.stringify({ outputs, check: selfCheck(loaded) }));
`;

/** Serves the runtime's folder, as any static host would, and says what was asked for. */
async function withServer(use: (origin: string) => Promise<void>): Promise<string[]> {
  const asked: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      asked.push(path);
      if (!path.startsWith("/runtime/")) return new Response(null, { status: 404 });
      try {
        const text = await Deno.readTextFile(new URL(`.${path}`, ROOT));
        return new Response(text, { headers: { "content-type": "text/typescript" } });
      } catch {
        return new Response(null, { status: 404 });
      }
    },
  );
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
  return asked;
}

/** Runs a program in an empty folder with an empty cache and the given arguments. */
async function runAlone(main: string, permissions: string[]) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, main);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--check", ...permissions, "main.ts"],
      cwd: folder,
      env: { DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
    }).output();
    return {
      code,
      stdout: new TextDecoder().decode(stdout),
      stderr: new TextDecoder().decode(stderr),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const MODELS = {
  "a convolution": await packWithGolden(pictureGraph(), [[noise(32, 9)]]),
  "a dense layer": await packWithGolden(vectorGraph(), [[
    noise(12, 1).map((value) => Math.round(value * 100)),
    noise(12, 2).map((value) => Math.round(value * 100)),
  ]]),
};

for (const [title, packed] of Object.entries(MODELS)) {
  Deno.test(`the runtime from a URL gives the same bits: ${title}`, async () => {
    const here = await load(packed);
    const inputs = goldenInputs(here.model, here.model.golden[0]);
    const wanted = Object.entries(run(here, inputs)).map(([name, values]) => {
      return [name, values.constructor.name, [...new Uint8Array(values.buffer)]];
    });
    const texts = Object.fromEntries(
      Object.entries(inputs).map((
        [name, values],
      ) => [name, new Uint8Array(values.buffer).toBase64()]),
    );
    const asked = await withServer(async (origin) => {
      const main = program(origin, packed.toBase64(), texts);
      const host = new URL(origin).host;
      const { code, stdout, stderr } = await runAlone(main, [`--allow-import=${host}`]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), {
        outputs: wanted,
        check: { samples: 1, bitExact: true, mismatch: null, maxAbsError: 0 },
      });
    });
    assert(asked.includes("/runtime/mod.ts"));
    assert.deepEqual(asked.filter((path) => !/^\/runtime\/[a-z0-9_/]+\.ts$/.test(path)), []);
  });
}
