/** Help, mistyped command lines, and their exit codes. */
import assert from "node:assert/strict";
import { kedge } from "../helpers/command.ts";

const REFUSED: { args: string[]; code: string; says: RegExp }[] = [
  { args: ["bundel"], code: "usage/command", says: /did you mean "bundle"/ },
  { args: ["frobnicate"], code: "usage/command", says: /--help/ },
  { args: ["bundle", "--wieghts", "int8"], code: "usage/option", says: /did you mean "--weights"/ },
  { args: ["bundle", "--weights", "int9"], code: "usage/value", says: /did you mean "int8"/ },
  { args: ["bundle", "--weights"], code: "usage/value", says: /has no value/ },
  { args: ["bundle", "--target", "toaster"], code: "usage/value", says: /deno/ },
  { args: ["bundle", "a.onnx", "b.onnx"], code: "usage/argument", says: /too many/ },
  { args: ["convert"], code: "usage/argument", says: /MODEL is missing/ },
  { args: ["bundle", "--max-drop", "lots"], code: "usage/value", says: /1% or 0.01/ },
  { args: ["bundle", "--budget", "small"], code: "usage/value", says: /256KB/ },
  { args: ["bundle", "--seed", "x"], code: "usage/value", says: /a number/ },
  { args: ["bundle", "--dim", "batch"], code: "usage/value", says: /batch=1/ },
  { args: ["bundle", "--percentile", "20"], code: "usage/recipe", says: /50…100/ },
  { args: ["bundle", "--recipe", "deno.json"], code: "usage/recipe", says: /no such field/ },
  { args: ["bundle", "--keep-float", "nothing"], code: "usage/keep-float", says: /no node/ },
];

for (const { args, code, says } of REFUSED) {
  Deno.test(`kedge ${args.join(" ")} is a usage error`, async () => {
    const [plain, json] = await Promise.all([kedge(args), kedge([...args, "--json"])]);
    assert.equal(plain.code, 2, plain.stderr);
    assert.equal(plain.stdout, "");
    assert.match(plain.stderr, says);
    assert.doesNotMatch(plain.stderr, /\n\s+at /);
    assert.equal(json.code, 2, json.stderr + json.stdout);
    assert.equal(JSON.parse(json.stdout).error.code, code);
  });
}

Deno.test("help names every command, and each command's help its options", async () => {
  const { code, stdout } = await kedge(["--help"]);
  assert.equal(code, 0);
  for (const name of ["bundle", "convert", "check", "inspect", "blame", "search", "doctor"]) {
    assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    const help = await kedge([name, "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Options:\n {2}--/);
    assert.match(help.stdout, /Examples:\n {2}# /);
    assert.match(help.stdout, /--json/);
  }
});

Deno.test("doctor finds target deno, with the options that hold everywhere", async () => {
  const { code, stdout } = await kedge(["doctor", "--json", "--quiet", "--dry-run", "--seed=1"]);
  assert.equal(code, 0);
  const { targets } = JSON.parse(stdout);
  assert.equal(targets[0].target, "deno");
  assert.equal(targets[0].ok, true);
});
