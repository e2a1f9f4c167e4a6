/** `kedge bench-compression` on a small model. */
import assert from "node:assert/strict";
import { benchCompression, METHODS } from "../../mod.ts";
import { kedge } from "../helpers/command.ts";
import { withSmallTask } from "../helpers/small_task.ts";

Deno.test("both halves are evaluated, and the best of all methods loses least of int4", () =>
  withSmallTask(async ({ model, data }) => {
    const { methods } = await benchCompression({
      ...{ model, data, halves: 2, recipe: {} },
      methods: METHODS.filter(({ name }) => /^int/.test(name)),
      progress: () => {},
    });
    const [int8] = methods;
    const { bundle: best, samples } = methods.at(-1)!.accuracy;
    const plain = methods.find(({ name }) => name.startsWith("int4: largest"))!.accuracy.bundle;
    assert.ok(samples > 100);
    assert.ok(best >= plain && best >= int8.accuracy.bundle - 0.05, `${plain} ${best}`);
    assert.ok(methods.at(-1)!.layers.every(({ error }) => error < 0.1));
  }));

Deno.test("the command prints one table, or JSON", () =>
  withSmallTask(async ({ model, data }) => {
    const line = ["bench-compression", model, "--data", data];
    const { stdout, code } = await kedge([...line, "--methods", "largest"]);
    assert.equal(code, 0);
    assert.match(stdout, /original [\d.]+% of \d+ held-out samples/);
    assert.match(stdout, /^int4: largest weight, nearest +[\d.]+%/m);
    const json = await kedge([...line, "--methods", "descent", "--json"]);
    const [{ methods }] = JSON.parse(json.stdout);
    assert.equal(methods.length, 1);
    const fewer = await kedge([...line, "--table", "pruning", "--methods", "+ refit", "--json"]);
    const [{ methods: pruned }] = JSON.parse(fewer.stdout);
    assert.equal(pruned.length, 2);
    assert.ok(pruned.every(({ ms }: { ms: number }) => ms > 0));
    const refused = await kedge([...line, "--halves", "3"]);
    assert.equal(refused.code, 2);
    const none = await kedge([...line, "--methods", "int8,largest"]);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /--methods does not take "int8,largest" \[usage\/value\]/);
    assert.match(none.stderr, /"int4: GPTQ"/);
  }));
