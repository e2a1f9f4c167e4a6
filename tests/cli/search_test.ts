/** `kedge search`: within its budget, repeatable, and going on after it was stopped. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Report, SearchReport } from "../../mod.ts";
import { CHOICES } from "../../converters/search/mod.ts";
import { searchPicture } from "../../cli/report/search.ts";
import { kedge } from "../helpers/command.ts";
import { withSmallTask } from "../helpers/small_task.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));
const MODEL = [`${EXAMPLE}model.onnx`, "--data", `${EXAMPLE}data.json`];

async function searchJson(args: readonly string[]): Promise<SearchReport> {
  const { code, stdout, stderr } = await kedge(["search", ...args, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("search: a budget is kept to, by the file that the recipe gives", () =>
  withSmallTask(async ({ folder, model, data }) => {
    const out = `${folder}/best.json`;
    const page = `${folder}/search.html`;
    const state = `${folder}/state.json`;
    const given = [model, "--data", data];
    const limits = ["--budget", "2500B", "--compare"];
    const args = [...given, ...limits, "-o", out, "--page", page, "--state", state];
    const report = await searchJson(args);
    const { chosen, candidates, samples, layers, evaluation } = report;
    assert(chosen.bytes <= 2500 && chosen.bytes > 2000, String(chosen.bytes));
    assert.deepEqual(samples, { seed: 0, calibration: 40, selection: 40, evaluation: 80 });
    assert.equal(evaluation!.samples, 80);
    assert(report.uniform.length >= CHOICES.length);
    const fitting = candidates.filter(({ bytes }) => bytes <= 2500);
    assert.equal(chosen.loss, Math.min(...fitting.map(({ loss }) => loss)));
    assert.deepEqual(
      candidates.filter(({ front }) => front).map(({ loss }) => loss),
      candidates.filter(({ front }) => front).map(({ loss }) => loss).sort((a, b) => b - a),
    );
    assert.equal(layers.length, 3);
    assert.equal(new Set(candidates.map(({ name }) => name)).size, candidates.length);
    assert.equal(candidates.filter(({ name }) => name === chosen.name).length, 1);
    const points = (text: string) => text.match(/<circle/g)?.length;
    const svg = searchPicture(report, "front.svg");
    assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    assert.equal(points(svg), candidates.length);
    const html = await Deno.readTextFile(page);
    assert.equal(points(html), candidates.length);
    assert.match(html, /<svg [\s\S]*<circle/);
    assert.doesNotMatch(html, /(?:src|href)=|https?:\/\//);
    const line = ["bundle", ...given, "--recipe", out, "--dry-run", "--json"];
    const bundled: Report = JSON.parse((await kedge(line)).stdout);
    assert.equal(bundled.bytes.model, chosen.bytes);
    assert.equal(bundled.accuracy!.bundle, evaluation!.bundle);
    // What chose has calibrated at last.
    assert.deepEqual(bundled.split, {
      ...{ seed: 0, calibration: 80, selection: 0, evaluation: 80, source: "split" },
    });

    // Stopped at any point, it goes on and gives the same.
    const { key, entries } = JSON.parse(await Deno.readTextFile(state));
    const half = Object.fromEntries(Object.entries(entries).slice(0, 40));
    await Deno.writeTextFile(state, JSON.stringify({ key, entries: half }));
    assert.deepEqual(await searchJson(args), report);
  }));

const REFUSED: [args: string[], status: number, code: string][] = [
  [[`${EXAMPLE}model.onnx`], 1, "data/missing"],
  [[...MODEL, "--weights", "float32"], 2, "usage/recipe"],
  [[...MODEL, "--choices", `${EXAMPLE}data.json`], 2, "usage/value"],
];

for (const [args, status, wanted] of REFUSED) {
  Deno.test(`search ${args.slice(1).join(" ").replaceAll(EXAMPLE, "")} is ${wanted}`, async () => {
    const { code, stdout } = await kedge(["search", ...args, "--json"]);
    assert.equal(code, status);
    assert.equal(JSON.parse(stdout).error.code, wanted);
  });
}
