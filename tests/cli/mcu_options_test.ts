/** Options of target mcu on the command line, and what cannot be done. */
import assert from "node:assert/strict";
import { kedge } from "../helpers/command.ts";
import { bundleExample, missingFor } from "../helpers/mcu.ts";

const WRONG: { title: string; args: string[]; code: number; says: RegExp }[] = [
  {
    title: "a board without target mcu",
    args: ["bundle", "--board", "cortex-m4", "--dry-run"],
    code: 2,
    says: /--target mcu/,
  },
  {
    title: "a board that nobody knows",
    args: ["bundle", "--target", "mcu", "--board", "cortex-m5"],
    code: 2,
    says: /cortex-m55/,
  },
  {
    title: "too little flash",
    args: ["bundle", "--target", "mcu", "--flash", "10KB", "--dry-run", "--quiet"],
    code: 4,
    says: /KB of weights[\s\S]*at most 10\.0 KB/,
  },
  {
    title: "too little RAM",
    args: ["bundle", "--target", "mcu", "--ram", "6KB", "--dry-run", "--quiet"],
    code: 4,
    says: /an arena of [\d.]+ KB[\s\S]*at most 6\.0 KB/,
  },
];

for (const { title, args, code, says } of WRONG) {
  Deno.test(`mcu: ${title} is refused`, async () => {
    const outcome = await kedge(args);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, says);
    assert.doesNotMatch(outcome.stderr, /^\s+at /m, "no stack trace");
  });
}

const why = missingFor("cortex-m4");

Deno.test({
  name: `mcu: a serial port that is not there is refused${why ? `, ${why}` : ""}`,
  ignore: why !== null,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await bundleExample("cortex-m4", `${folder}/b`, { checkSamples: 1 });
      const { code, stderr } = await kedge(["check", `${folder}/b`, "--port", "/dev/no-such-port"]);
      assert.equal(code, 5, stderr);
      assert.match(stderr, /no-such-port/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("doctor tells of every board, and how to install what is missing", async () => {
  const { stdout } = await kedge(["doctor", "--json"]);
  const { targets } = JSON.parse(stdout) as {
    targets: { target: string; ok: boolean; missing: { tool: string; install: string }[] }[];
  };
  for (const board of ["cortex-m4", "cortex-m7", "cortex-m55", "cortex-m0plus", "esp32c3"]) {
    const found = targets.find(({ target }) => target === `mcu ${board}`);
    assert.ok(found, board);
    assert.equal(found.ok, found.missing.length === 0);
    found.missing.forEach(({ install }) => assert.match(install, /^apt-get install /));
  }
});
