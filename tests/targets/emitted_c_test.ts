/** The emitted C: no warning in any compiler, clean under sanitizers, the same bytes each time. */
import assert from "node:assert/strict";
import { KedgeError } from "../../mod.ts";
import { type Board, BOARDS, emitMcu, STRICT_FLAGS } from "../../converters/targets/mcu/mod.ts";
import { buildFirmware, firmwareText } from "../../converters/targets/mcu/board/build.ts";
import { run } from "../../runtime/engine/session.ts";
import { readModel } from "../../runtime/format/reader.ts";
import { load } from "../../runtime/hosts/load.ts";
import { runAsC, runs } from "../helpers/c99_backend.ts";
import { writeFiles } from "../helpers/emitted.ts";
import { missingFor } from "../helpers/mcu.ts";
import { exampleFile } from "../helpers/example_file.ts";
import * as cases from "../helpers/operator_cases.ts";
import { packCase } from "../helpers/one_operator.ts";
import { Random } from "../helpers/random.ts";

const packed = await exampleFile();
const model = readModel(packed);
const M4 = BOARDS["cortex-m4"];

Deno.test("emitting twice gives the same bytes", async () => {
  const digest = async () => [...await emitMcu(packed, model, M4)];
  assert.deepEqual(await digest(), await digest());
});

Deno.test("the self-test's hashes stay below a kilobyte, whatever the model", async () => {
  const text = new TextDecoder().decode((await emitMcu(packed, model, M4)).get("model.c"));
  const [, count] = /kedge_expected\[(\d+)\]/.exec(text) ?? [];
  assert.ok(Number(count) > 0 && Number(count) * 4 < 1024);
});

/** Compilers with the flags that make them compile for something. */
const COMPILERS: [string, string, readonly string[]][] = [
  ["this machine", "gcc", []],
  ["this machine", "clang", []],
  ...Object.values(BOARDS).flatMap((board): [string, string, readonly string[]][] => [
    [board.name, `${board.compiler}gcc`, board.flags],
    [board.name, "clang", board.clang],
  ]),
];

for (const [target, compiler, flags] of COMPILERS) {
  const there = runs(compiler);
  Deno.test({
    name: `no warning: ${compiler} for ${target}${there ? "" : `, needs ${compiler}`}`,
    ignore: !there,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        for (const [name, bytes] of await emitMcu(packed, model, M4)) {
          if (/^model\.[ch]$/.test(name)) await Deno.writeFile(`${folder}/${name}`, bytes);
        }
        await Deno.mkdir(`${folder}/include`);
        const header = await firmwareText("include/string.h");
        await Deno.writeTextFile(`${folder}/include/string.h`, header);
        const freestanding = flags.length
          ? ["-ffreestanding", "-isystem", `${folder}/include`]
          : [];
        for (const level of ["-O2", "-Os"]) {
          const { success, stderr } = await new Deno.Command(compiler, {
            args: [...flags, ...freestanding, ...STRICT_FLAGS, level, "-c", `${folder}/model.c`]
              .concat("-o", `${folder}/model.o`),
          }).output();
          assert.ok(success, new TextDecoder().decode(stderr).slice(0, 3000));
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

const MAKERS = [cases.conv2d(true), cases.depthwise(true), cases.fullyConnected(true)]
  .concat(cases.add(true), cases.pool("MaxPool2D", true), cases.pool("AveragePool2D", true));

// Cortex-M7 takes the same kernels as M4.
for (const board of Object.values(BOARDS).filter(({ name }) => name !== "cortex-m7")) {
  const missing = missingFor(board.name);
  Deno.test({
    name: `no warning in any int8 operator for ${board.name}${missing ? `, ${missing}` : ""}`,
    ignore: missing !== null,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        for (const [at, make] of MAKERS.entries()) {
          const bytes = (await packCase(make(new Random(at)))).slice();
          const files = await emitMcu(bytes, readModel(bytes), board);
          await writeFiles(folder, files);
          await buildFirmware(board, folder, `${folder}/work`, false);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

const SOFT = BOARDS["cortex-m0plus"];
const soft = missingFor("cortex-m0plus");

Deno.test({
  name: `int8 operators need no floating point on a chip without it${soft ? `, ${soft}` : ""}`,
  ignore: soft !== null,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const make of MAKERS) {
        let tested = make(new Random(0));
        for (let seed = 1; tested.output.dtype !== "int8"; seed++) tested = make(new Random(seed));
        const bytes = (await packCase(tested)).slice();
        await writeFiles(folder, await emitMcu(bytes, readModel(bytes), SOFT));
        const { path } = await buildFirmware(SOFT, folder, `${folder}/work`, false);
        const { stdout } = await new Deno.Command(`${SOFT.compiler}nm`, { args: [path] }).output();
        const symbols = new TextDecoder().decode(stdout);
        assert.match(symbols, /kedge_invoke/);
        assert.doesNotMatch(symbols, /__aeabi_[fd]|__\w+sf3/, tested.name);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const SANITIZERS = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const why = runs("gcc") ? "" : ", needs gcc";

Deno.test({
  name: `clean under address and undefined-behaviour sanitizers${why}`,
  ignore: why !== "",
  fn: async () => {
    const build = { compiler: "gcc", flags: SANITIZERS };
    const name = model.tensors[model.inputs[0]].name;
    const random = new Random(1);
    const size = model.tensors[model.inputs[0]].size;
    const inputs = { [name]: Float32Array.from({ length: size }, () => random.next()) };
    const wanted = run(await load(packed, { relaxed: false }), inputs);
    assert.deepEqual(await runAsC(packed, inputs, build), wanted);
    for (const make of MAKERS) {
      for (let seed = 0; seed < 2; seed++) {
        const random = new Random(seed);
        const tested = make(random);
        const values = Object.fromEntries(
          tested.inputs.filter(({ data }) => !data)
            .map((tensor) => [tensor.name, cases.valuesFor(random, tensor)]),
        );
        await runAsC(await packCase(tested), values, build);
      }
    }
  },
});

const refusals: { title: string; board: Partial<Board>; code: string; got: RegExp }[] = [
  {
    title: "flash",
    board: { flash: 16 * 1024 },
    code: "budget/flash",
    got: /KB of weights and parameters/,
  },
  { title: "RAM", board: { ram: 8 * 1024 }, code: "budget/ram", got: /an arena of .* KB/ },
];

for (const { title, board, code, got } of refusals) {
  Deno.test(`a model too large for the board's ${title} is refused with the numbers`, async () => {
    await assert.rejects(
      () => emitMcu(packed, model, { ...M4, ...board }),
      (error) => {
        assert.ok(error instanceof KedgeError);
        assert.equal(error.data.code, code);
        assert.match(error.data.got!, got);
        assert.match(error.data.wanted!, /at most .* KB/);
        assert.ok(error.data.hint, "what would make it fit");
        return true;
      },
    );
  });
}
