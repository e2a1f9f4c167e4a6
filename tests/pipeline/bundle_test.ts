/** The whole line on the example: bundle, run elsewhere, check again, repeat. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { fileURLToPath } from "node:url";
import { bundle, canonicalRecipe, check, inspect, type Report } from "../../mod.ts";
import { emitDeno } from "../../converters/targets/deno/mod.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { kedge, runDeno } from "../helpers/command.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));
const SCHEMA = new URL("../../cli/report/report.schema.json", import.meta.url);
const example = {
  model: `${EXAMPLE}model.onnx`,
  data: `${EXAMPLE}data.json`,
  target: "deno" as const,
};

/** Same bytes in every file but what times a run. */
async function readFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith("report")) continue;
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${folder}/${name}`));
    files.set(name, new Uint8Array(digest).toHex());
  }
  return files;
}

/** Runs on zeros and prints the scores. */
const SCRIPT = (module: string) =>
  `import { load, preprocess, run, selfCheck, topK } from ${JSON.stringify(module)};
const model = await load();
const [scores] = Object.values(run(model, new Float32Array(24 * 24 * 3)));
const data = Uint8Array.from({ length: 24 * 24 * 4 }, (_, i) => i * 7);
const picture = { data, width: 24, height: 24 };
const [seen] = Object.values(run(model, picture));
const [same] = Object.values(run(model, preprocess(model, picture)));
console.log(JSON.stringify({ scores: [...scores], pixels: [[...seen], [...same]], exact: selfCheck(model).bitExact, best: topK(scores, 1, model.model.labels) }));
`;

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(await Deno.readTextFile(SCHEMA)),
);

function assertSchema(report: Report): void {
  assert.ok(validate(report), JSON.stringify(validate.errors, null, 2));
}

Deno.test("bundle: the example without any argument, as the README says", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await kedge(["bundle", "--out", `${folder}/b`], folder);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /top1 bundle/);
    assert.match(stdout, /bit-exact/);
    const report: Report = JSON.parse(await Deno.readTextFile(`${folder}/b/report.json`));
    assertSchema(report);
    assert.ok(report.accuracy && report.accuracy.drop <= 0.01, "drop");
    assert.ok(report.accuracy.original > 0.9, "the example can name the shapes");
    assert.equal(report.bitExact, true);
    assert.ok(report.bytes.weights <= 0.27 * report.model.parameters * 4, "weights");
    assert.ok(report.bytes.codeBrotli <= 40_000, "code");
    const html = await Deno.readTextFile(`${folder}/b/report.html`);
    assert.match(html, /<svg /);
    const profile = html.match(/[\d.]+ µs · [\d.]+%( · [\d.]+ GOP\/s)?<\/text>/g) ?? [];
    assert.equal(profile.length, report.layers.length, "the time of each layer");
    assert.doesNotMatch(html, /(?:src|href)=|https?:\/\//);
    const module = `file://${folder}/b/model.js`;
    await Deno.writeTextFile(`${folder}/main.mjs`, SCRIPT(module));
    const deno = await runDeno(["run", "--no-prompt", "--no-config", `${folder}/main.mjs`]);
    assert.equal(deno.code, 0, deno.stderr);
    const node = await new Deno.Command("node", { args: [`${folder}/main.mjs`] }).output();
    assert.ok(node.success, new TextDecoder().decode(node.stderr));
    const answers = JSON.parse(deno.stdout);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(node.stdout)), answers);
    assert.equal(answers.exact, true);
    assert.equal(answers.scores.length, 10);
    assert.deepEqual(answers.pixels[0], answers.pixels[1], "pixels are preprocessed pixels");
    assert.match(answers.best[0].label, /^[a-z]+$/);
    const text = await Deno.readTextFile(`${folder}/b/model.js`);
    assert.doesNotMatch(text, /^\s*import\b/m, "the module imports nothing");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bundle: same input and recipe, same bytes; check agrees; --split works", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const first = await bundle({
      ...example,
      out: `${folder}/a`,
      recipe: {
        seed: 3,
        weightBits: 7,
        layers: [{ match: "conv?", weightBits: 5 }, { match: "dense*", biasCorrection: false }],
      },
    });
    const recipe = JSON.parse(canonicalRecipe(first.recipe as never));
    const line = ["bundle", "--recipe", `${folder}/a/report.json`, "--out", `${folder}/b`];
    const { code, stderr } = await kedge(line);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readFiles(`${folder}/a`), await readFiles(`${folder}/b`));
    const again = await check({ bundle: `${folder}/a`, data: example.data });
    assertSchema({ ...again });
    assert.deepEqual(again.accuracy, first.accuracy);
    assert.deepEqual(again.bytes, first.bytes);
    const { name, layers } = await inspect(`${folder}/a`);
    assert.deepEqual([name, layers.length], [first.model.name, first.layers.length]);
    const split = await bundle({ ...example, out: `${folder}/s`, split: true, recipe });
    assert.deepEqual(split.accuracy, first.accuracy);
    assert.equal(split.bitExact, true);
    assert.ok((await Deno.stat(`${folder}/s/model.kedge`)).size === split.bytes.model);
    await Deno.writeTextFile(`${folder}/main.mjs`, SCRIPT(`file://${folder}/s/model.js`));
    const node = await new Deno.Command("node", { args: [`${folder}/main.mjs`] }).output();
    assert.ok(node.success, new TextDecoder().decode(node.stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bundle: bad compression is seen, and limits set the exit code", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const out = ["--out", `${folder}/b`];
    const floor = await kedge([
      "bundle",
      ...out,
      "--max-drop",
      "0%",
      "--percentile",
      "60",
      "--calibrate",
      "percentile",
    ]);
    assert.equal(floor.code, 3, floor.stderr);
    assert.match(floor.stderr, /accuracy\/floor/);
    const budget = await kedge(["bundle", ...out, "--budget", "10KB", "--json"]);
    assert.equal(budget.code, 4, budget.stderr);
    assert.equal(JSON.parse(budget.stdout).misses[0].code, "budget/bytes");
    const float = await kedge(["bundle", ...out, "--weights", "float32", "--json"]);
    assert.equal(float.code, 0, float.stderr);
    assert.equal(JSON.parse(float.stdout).recipe.activations, "float32");
    const dry = await kedge(["bundle", "--out", `${folder}/dry`, "--dry-run", "--quiet"]);
    assert.deepEqual([dry.code, dry.stdout], [0, ""]);
    await assert.rejects(Deno.stat(`${folder}/dry`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bundle: the emitted server answers", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await bundle({ ...example, out: `${folder}/b` });
    const server = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", `${folder}/b/main.ts`],
      env: { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    try {
      const url = await addressIn(server.stderr);
      const inputs = Array(24 * 24 * 3).fill(0.5);
      const reply = await fetch(`${url}/v1/infer`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ inputs }),
      });
      assert.equal(reply.status, 200);
      assert.equal(Object.values((await reply.json()).outputs ?? {}).length, 1);
      const verdict = await (await fetch(`${url}/v1/check`)).json();
      assert.equal(verdict.bitExact, true);
    } finally {
      server.kill();
      await server.status;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The address in "Listening on http://…". */
async function addressIn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { done, value } = await reader.read();
    text += value ?? "";
    const found = /http:\/\/[\d.:]+/.exec(text);
    if (found) {
      await reader.cancel();
      return found[0];
    }
    if (done) throw new Error(`the server ended: ${text}`);
  }
}

/** Runs a picture on one, two and three threads and prints the scores of each, with their number. */
const THREADS = (module: string) =>
  `import { load, run } from ${JSON.stringify(module)};
const found = [];
for (const threads of [1, 2, 3]) {
  const model = await load({ threads });
  const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => i * 11);
  for (let again = 0; again < 5; again++) found.push([model.engine.threads, ...Object.values(run(model, data))[0]]);
  model.engine.close();
}
console.log(JSON.stringify(found));
`;

Deno.test("bundle: --threads ships them, in Deno and Node, with the same bits; others run on one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stderr } = await kedge([
      "bundle",
      "--out",
      `${folder}/3`,
      "--threads",
      "--quiet",
    ]);
    assert.equal(code, 0, stderr);
    const { packed } = await import(`file://${folder}/3/model.js`);
    const bytes = await packed();
    const files = await emitDeno(bytes, readModel(bytes), { split: false });
    await Deno.mkdir(`${folder}/1`);
    await Deno.writeFile(`${folder}/1/model.js`, files.get("model.js")!);
    for (const most of [1, 3]) {
      const script = `${folder}/${most}/main.mjs`;
      await Deno.writeTextFile(script, THREADS(`file://${folder}/${most}/model.js`));
      const deno = await runDeno(["run", "--no-prompt", "--no-config", script]);
      assert.equal(deno.code, 0, deno.stderr);
      const node = await new Deno.Command("node", { args: [script] }).output();
      assert.ok(node.success, new TextDecoder().decode(node.stderr));
      const answers: number[][] = JSON.parse(deno.stdout);
      assert.deepEqual(JSON.parse(new TextDecoder().decode(node.stdout)), answers);
      const counts = [1, 2, 3].flatMap((count) => new Array(5).fill(Math.min(count, most)));
      assert.deepEqual(answers.map(([count]) => count), counts);
      for (const [, ...scores] of answers) assert.deepEqual(scores, answers[0].slice(1));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
