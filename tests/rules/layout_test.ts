/** The layout and import rules of DESIGN.md §5, held to the code. */
import assert from "node:assert/strict";
import { sourceFiles } from "../helpers/source_files.ts";

/** What each room may import besides itself; the longest matching prefix counts. */
const ROOMS: Record<string, readonly string[]> = {
  "mod.ts": ["converters/", "runtime/"],
  "cli/main.ts": ["mod.ts", "cli/commands/", "cli/terminal/", "cli/report/"],
  "cli/commands/": ["mod.ts", "cli/terminal/", "cli/report/"],
  "cli/report/": ["mod.ts", "cli/terminal/"],
  "cli/terminal/": [],
  "cli/std/": [],
  "converters/version.ts": [],
  "converters/pipeline.ts": ["converters/", "runtime/format/"],
  "converters/stages/": ["converters/", "runtime/"],
  "converters/bench/": ["converters/", "runtime/"],
  // They count towards every cold start.
  "converters/bench/workers/": [],
  "converters/graph/": ["runtime/format/"],
  "converters/importers/": ["converters/graph/", "runtime/format/"],
  "converters/operators/": ["converters/graph/", "runtime/format/"],
  "converters/channels/": ["converters/graph/", "runtime/format/", "runtime/reference/"],
  "converters/simplify/": [
    "converters/channels/",
    "converters/graph/",
    "converters/operators/",
    "runtime/format/",
  ],
  "converters/data/": ["converters/graph/", "runtime/format/"],
  "converters/recipe/": ["converters/data/", "runtime/format/"],
  "converters/search/": [
    "converters/graph/",
    "converters/recipe/",
    "converters/coding/",
    "runtime/format/",
  ],
  "converters/check/": ["converters/data/", "converters/recipe/", "runtime/format/"],
  "converters/numeric/": [],
  "converters/coding/": ["runtime/format/"],
  "converters/compress/": [
    "converters/channels/",
    "converters/coding/",
    "converters/graph/",
    "converters/recipe/",
    "converters/data/",
    "converters/numeric/",
    "runtime/format/",
    "runtime/reference/",
  ],
  "converters/plan/": ["converters/graph/", "runtime/format/"],
  "converters/pack/": [
    "converters/graph/",
    "converters/coding/",
    "converters/plan/",
    "runtime/format/",
  ],
  "converters/exporters/": ["converters/graph/", "converters/version.ts", "runtime/format/"],
  "converters/targets/": ["converters/check/", "converters/pack/", "runtime/"],
  "runtime/mod.ts": ["runtime/"],
  "runtime/format/": [],
  "runtime/reference/": ["runtime/format/"],
  "runtime/kernels/": [],
  "runtime/engine/": ["runtime/format/", "runtime/kernels/", "runtime/reference/"],
  "runtime/hosts/": ["runtime/engine/", "runtime/format/", "runtime/kernels/"],
  "examples/": ["converters/data/"],
  "tests/": [""],
};

/** Lines of a file that nobody generated. */
const MOST_LINES = 350;

const files = await sourceFiles();

/** The room a path lies in. */
function roomOf(path: string): string {
  const fitting = Object.keys(ROOMS).filter((room) => path.startsWith(room));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? "";
}

Deno.test("every file lies in a room", () => {
  assert.deepEqual(files.map(({ path }) => path).filter((path) => roomOf(path) === ""), []);
});

Deno.test("rooms import only what they may", () => {
  const wrong = files.flatMap(({ path, imports }) => {
    const room = roomOf(path);
    const allowed = [room, ...ROOMS[room] ?? []];
    return imports
      .filter((target) => !allowed.some((prefix) => target.startsWith(prefix)))
      .map((target) => `${path} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("the runtime imports nothing from outside itself", () => {
  const packages = files.filter(({ path }) => path.startsWith("runtime/"))
    .flatMap(({ path, packages }) => packages.map((name) => `${path} imports ${name}`));
  assert.deepEqual(packages, []);
});

Deno.test("only hosts touch a platform's globals in the runtime", () => {
  const inner = files.filter(({ path }) =>
    path.startsWith("runtime/") && !path.startsWith("runtime/hosts/")
  );
  const wrong = inner.filter(({ code }) =>
    /\b(?:Deno|process|document|window|fetch)\s*[.(]/.test(code)
  );
  assert.deepEqual(wrong.map(({ path }) => path), []);
});

Deno.test("no imports go round in a circle", () => {
  const imports = new Map(files.map(({ path, valueImports }) => [path, valueImports]));
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    assert.ok(!way.includes(path), `circle: ${[...way, path].join(" → ")}`);
    if (done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
});

Deno.test("file names are snake_case", () => {
  const wrong = files.map(({ path }) => path)
    .filter((path) => !/^[a-z0-9_]+(?:\.d)?\.ts$/.test(path.split("/").pop() ?? ""));
  assert.deepEqual(wrong, []);
});

Deno.test("files stay short", () => {
  const long = files.filter(({ text, generated }) =>
    !generated && text.split("\n").length > MOST_LINES
  );
  assert.deepEqual(long.map(({ path }) => path), []);
});

Deno.test("mod.ts files only list", () => {
  const lists = /export\s+(?:type\s+)?(?:\{[^}]*\}|\*(?: as \w+)?)\s+from\s+"[^"]+";/g;
  const wrong = files.filter(({ path, code }) =>
    path.endsWith("mod.ts") && code.replace(lists, "").trim() !== ""
  );
  assert.deepEqual(wrong.map(({ path }) => path), []);
});

Deno.test("nothing is typed any", () => {
  const wrong = files.filter(({ code, generated }) =>
    !generated && /[:<|]\s*any\b|\bas any\b/.test(code)
  );
  assert.deepEqual(wrong.map(({ path }) => path), []);
});

Deno.test("linter and type checker are silenced only with a reason", () => {
  // It writes such a line into what it generates.
  const writer = "converters/pack/generate_schema.ts";
  const wrong = files.filter(({ path, text, generated }) =>
    !generated && path !== writer &&
    /^\s*\/\/\s*(?:deno-lint-ignore[^-\n]*(?:-file)?[^-\n]*|@ts-\S+)$/m.test(text)
  );
  assert.deepEqual(wrong.map(({ path }) => path), []);
});

Deno.test("no file names a registry's host", async () => {
  const hosts = /registry\.npmjs|registry\.yarnpkg|deb\.debian|jsr\.io|deno\.land/;
  const others = ["deno.json", "deno.lock", "README.md", ".ci/run"];
  const texts = await Promise.all(others.map(async (path) => ({
    path,
    text: await Deno.readTextFile(new URL(`../../${path}`, import.meta.url)),
  })));
  const wrong = [...files, ...texts].filter(({ path, text }) =>
    hosts.test(text) && path !== "tests/rules/layout_test.ts"
  );
  assert.deepEqual(wrong.map(({ path }) => path), []);
});
