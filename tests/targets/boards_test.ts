/** The example on every board in the emulator: same bits as the reference and as WASM. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { BOARD_NAMES, check, KedgeError, type Report } from "../../mod.ts";
import { BOARDS } from "../../converters/targets/mcu/mod.ts";
import { buildFirmware } from "../../converters/targets/mcu/board/build.ts";
import { qemuArguments } from "../../converters/targets/mcu/device/qemu.ts";
import { bundleExample, missingFor } from "../helpers/mcu.ts";

const SCHEMA = new URL("../../cli/report/report.schema.json", import.meta.url);
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(await Deno.readTextFile(SCHEMA)),
);

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @param run how many samples were to be run. */
function assertSameBits(report: Report, run: number): void {
  assert.equal(report.bitExact, true, JSON.stringify(report.mismatch));
  assert.equal(report.device?.selfTest, true);
  assert.deepEqual(report.device?.sameAsWasm, { samples: run, same: run });
}

for (const board of BOARD_NAMES) {
  const why = missingFor(board);
  Deno.test({
    name: `${board}: the example has the reference's bits${why ? `, ${why}` : ""}`,
    ignore: why !== null,
    fn: () =>
      inFolder(async (folder) => {
        const report = await bundleExample(board, `${folder}/b`);
        assert.ok(validate(report), JSON.stringify(validate.errors));
        assertSameBits(report, 4);
        const { flash, ram, instructions } = report.device!;
        assert.ok(flash.text > 0 && flash.text <= 8192, "code");
        assert.ok(ram.bss >= ram.arena && ram.arena > 0, "arena");
        assert.ok(ram.stack! > 0 && ram.stack! < 4096, "stack");
        assert.ok(instructions! > 0);
        assertSameBits(await check({ bundle: `${folder}/b` }), 0);
      }),
  });
}

const M4 = missingFor("cortex-m4");

Deno.test({
  name: `over a serial port: the emulated UART on a pty${M4 ? `, ${M4}` : ""}`,
  ignore: M4 !== null,
  fn: () =>
    inFolder(async (folder) => {
      const board = BOARDS["cortex-m4"];
      await bundleExample("cortex-m4", `${folder}/b`, { checkSamples: 1 });
      const { path } = await buildFirmware(board, `${folder}/b`, `${folder}/uart`, true);
      const qemu = new Deno.Command(board.machine.program, {
        args: qemuArguments(board.machine, path, "pty"),
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      try {
        const port = await portOf(qemu);
        const report = await check({ bundle: `${folder}/b`, port });
        assert.equal(report.bitExact, true);
        assert.equal(report.device?.machine, port);
        assert.equal((await qemu.status).code, 0, "the firmware ended by itself");
      } finally {
        try {
          qemu.kill("SIGKILL");
        } catch {
          // it has ended
        }
        await qemu.status;
      }
    }),
});

/** Where QEMU says that the UART went. */
async function portOf(qemu: Deno.ChildProcess): Promise<string> {
  let text = "";
  const read = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
    for await (const part of stream) {
      text += new TextDecoder().decode(part);
      const [port] = /\/dev\/pts\/\d+/.exec(text) ?? [];
      if (port) return port;
    }
    throw new Error(text);
  };
  return await Promise.any([read(qemu.stdout), read(qemu.stderr)]);
}

Deno.test({
  name: `a board that runs another model is refused${M4 ? `, ${M4}` : ""}`,
  ignore: M4 !== null,
  fn: () =>
    inFolder(async (folder) => {
      await bundleExample("cortex-m4", `${folder}/b`, { checkSamples: 1 });
      const header = `${folder}/b/model.h`;
      const text = await Deno.readTextFile(header);
      await Deno.writeTextFile(header, text.replace(/(KEDGE_MODEL_SHA256 ")[0-9a-f]/, "$1g"));
      await assert.rejects(
        () => check({ bundle: `${folder}/b` }),
        (error) => error instanceof KedgeError && error.data.code === "model/other",
      );
    }),
});

Deno.test({
  name: `a layer that differs is named${M4 ? `, ${M4}` : ""}`,
  ignore: M4 !== null,
  fn: () =>
    inFolder(async (folder) => {
      const made = await bundleExample("cortex-m4", `${folder}/b`, { checkSamples: 1 });
      const source = `${folder}/b/model.c`;
      const text = await Deno.readTextFile(source);
      const second = made.layers.filter(({ macs }) => macs > 0)[1];
      const index = made.layers.indexOf(second);
      // One weight of the second layer is another.
      const changed = text.replace(
        new RegExp(`(layer${index}_weights\\[\\d+\\] = \\{\\n  )(-?\\d+)`),
        (_, before, value) =>
          `${before}${Number(value) > 0 ? Number(value) - 60 : Number(value) + 60}`,
      );
      assert.notEqual(changed, text);
      await Deno.writeTextFile(source, changed);
      const report = await check({ bundle: `${folder}/b` });
      assert.equal(report.bitExact, false);
      assert.equal(report.device?.selfTest, false);
      assert.equal(report.mismatch?.layer, second.name);
      assert.notEqual(report.mismatch?.got, report.mismatch?.wanted);
    }),
});
