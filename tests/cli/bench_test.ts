/** `kedge bench`: what it takes, and the form of what it gives; no times, which are the machine's. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { BenchReport, Spread } from "../../mod.ts";
import { kedge } from "../helpers/command.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));

async function benchJson(args: readonly string[], cwd?: string): Promise<BenchReport> {
  const { code, stdout, stderr } = await kedge(["bench", ...args, "--json"], cwd);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

function assertSpread({ median, min, p25, p75, p95, count }: Spread, least: number): void {
  assert.ok(min > 0 && min <= p25 && p25 <= median && median <= p75 && p75 <= p95);
  assert.ok(count >= least);
}

Deno.test("bench: the example against onnxruntime-web, layer by layer", async () => {
  const report = await benchJson(["--rounds", "2", "--layers"]);
  assert.equal(report.schema, "kedge/bench/1");
  assert.equal(report.model.name, "model.onnx");
  assert.match(report.model.sha256, /^[0-9a-f]{64}$/);
  assert.ok(report.model.operations > 1e6);
  assert.deepEqual(report.rounds, { count: 2, milliseconds: 100, coldStarts: 2 });
  assert.deepEqual(report.skipped, []);
  assert.equal(report.machine.deno, Deno.version.deno);
  const own = ["kedge int8", "kedge float32"];
  assert.deepEqual(
    report.contenders.map(({ name }) => name),
    [...own, "onnxruntime-web float32", "onnxruntime-web int8"],
  );
  for (const contender of report.contenders) {
    assertSpread(contender.latencyMs, 2);
    assertSpread(contender.coldStartMs, 2);
    assert.deepEqual(Object.keys(contender.timesAsLong), own);
    assert.ok(contender.gops > 0);
    assert.equal(contender.own, own.includes(contender.name));
    assert.equal(contender.ofPeak === null, !contender.own);
    assert.equal(contender.best, report.contenders[0].best, `${contender.name} sees another`);
    const { raw, gzip, brotli, files } = contender.bytes;
    assert.ok(brotli < gzip && gzip < raw);
    assert.equal(files.reduce((sum, file) => sum + file.raw, 0), raw);
    assert.equal(contender.layers !== undefined, contender.own);
    if (!contender.layers) continue;
    const whole = contender.layers.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(whole - 1) < 1e-9);
    const macs = contender.layers.reduce((sum, layer) => sum + layer.macs, 0);
    assert.equal(2 * macs, report.model.operations);
  }
  const [int8, , , onnx] = report.contenders;
  assert.equal(int8.timesAsLong["kedge int8"].median, 1);
  assert.deepEqual(onnx.bytes.files.map(({ part }) => part), ["runtime", "runtime", "model"]);
  assert.ok(onnx.bytes.raw > 10 * int8.bytes.raw);
  assert.deepEqual(Object.keys(report.peaks), ["int8", "float32"]);
  assertSpread(report.empty.coldStartMs, 2);
});

Deno.test("bench: without data int8 is left out, with the reason; a table for people", async () => {
  const args = ["bench", `${EXAMPLE}model.onnx`, "--rounds", "1", "--vs", "litert"];
  const { code, stdout, stderr } = await kedge(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^model\.onnx, 3\.2 M operations/);
  assert.match(stdout, /^kedge float32 +[\d.]+ ms/m);
  assert.match(stdout, /^empty Deno/m);
  assert.match(stdout, /Left out: kedge int8\. .*--data/);
  assert.match(stdout, /Left out: litert\. .*\.tflite file beside the model/);
});

Deno.test("bench: a bundle as it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const bundled = await kedge(["bundle", "--out", `${folder}/b c`, "--weight-bits", "7"]);
    assert.equal(bundled.code, 0, bundled.stderr);
    const bundle = `${folder}/b c`;
    const report = await benchJson([bundle, "--rounds", "1", "--vs", "none"]);
    assert.deepEqual(report.contenders.map(({ name }) => name), ["kedge int8 7 bits"]);
    assert.deepEqual(Object.keys(report.peaks), ["int8 7 bits"]);
    const { size } = await Deno.stat(`${bundle}/model.js`);
    assert.equal(report.contenders[0].bytes.raw, size);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const REFUSED: { args: string[]; code: string; exit: number; says: RegExp }[] = [
  { args: ["--vs", "tensorflow"], code: "usage/value", exit: 2, says: /onnxruntime-web/ },
  { args: ["--rounds", "0"], code: "usage/value", exit: 2, says: /1 or more/ },
  { args: ["--rounds", "1.5"], code: "usage/value", exit: 2, says: /whole number/ },
  { args: ["--weights", "int8,int9"], code: "usage/value", exit: 2, says: /did you mean "int8"/ },
  { args: ["nothing.onnx"], code: "file/missing", exit: 1, says: /no such file/ },
  { args: [EXAMPLE], code: "file/bundle", exit: 1, says: /holds no bundle/ },
  {
    args: [`${EXAMPLE}model.onnx`, "--weights", "int8"],
    code: "data/missing",
    exit: 1,
    says: /--data/,
  },
];

for (const { args, code, exit, says } of REFUSED) {
  Deno.test(`kedge bench ${args.join(" ").replace(EXAMPLE, "")} is refused`, async () => {
    const [plain, json] = await Promise.all([
      kedge(["bench", ...args]),
      kedge(["bench", ...args, "--json"]),
    ]);
    assert.deepEqual([plain.code, plain.stdout], [exit, ""]);
    assert.match(plain.stderr, says);
    assert.equal(json.code, exit);
    assert.equal(JSON.parse(json.stdout).error.code, code);
  });
}
