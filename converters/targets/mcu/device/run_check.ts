/**
 * Runs an emitted model on its board for a check: samples in, outputs out, each compared with the
 * WASM engine; then the golden samples, layer by layer, against the reference's hashes.
 * @module
 */
import { run } from "../../../../runtime/engine/session.ts";
import type { LayerMismatch, SelfCheck } from "../../../../runtime/engine/self_check.ts";
import { KedgeError } from "../../../../runtime/format/error.ts";
import type { GoldenSample, Model } from "../../../../runtime/format/model.ts";
import { readModel } from "../../../../runtime/format/reader.ts";
import { load } from "../../../../runtime/hosts/load.ts";
import { outputOf, store } from "../../../../runtime/reference/requantize.ts";
import type { TargetFindings, TargetRun } from "../../target.ts";
import { viewGraph } from "../arena/graph_view.ts";
import { bytesOf } from "../arena/rows.ts";
import type { Board } from "../board/boards.ts";
import type { BundleFacts } from "../emit.ts";
import { connect } from "./connect.ts";
import type { Trace } from "./protocol.ts";

/** An emitted bundle, where it lies. */
export interface McuBundle {
  /** Folder with model.c, model.h and check/. */
  readonly folder: string;
  readonly board: Board;
  readonly facts: BundleFacts;
  /** The .kedge file. */
  readonly packed: Uint8Array<ArrayBuffer>;
  /** Serial port of a real board, or null for the emulator. */
  readonly port: string | null;
}

/**
 * Builds, starts and connects.
 * @throws KedgeError of connect(), and `model/other` when the board runs another model.
 */
export async function startMcuCheck(bundle: McuBundle): Promise<TargetRun> {
  const { board, facts, packed, port } = bundle;
  const model = readModel(packed);
  const connection = await connect(board, bundle.folder, port);
  const { device, firmware } = connection;
  try {
    const info = await device.info();
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", packed)).toHex();
    if (info.sha256 !== sha256) {
      throw new KedgeError({
        code: "model/other",
        message: `Checking on "${board.name}": the board runs another model`,
        where: { file: port ?? bundle.folder },
        got: info.sha256,
        wanted: sha256,
        hint: "flash the bundle that is checked",
      });
    }
    const wasm = await load(packed, { relaxed: false });
    const count = { samples: 0, same: 0 };
    return {
      hello: { runtime: connection.runtime },
      async run(inputs) {
        const outputs = splitOutputs(model, await device.run(joinInputs(model, inputs)));
        const feed = Object.fromEntries(
          model.inputs.map((i, at) => [model.tensors[i].name, inputs[at]]),
        );
        const wanted = run(wasm, feed);
        count.samples++;
        count.same += Number(outputs.every((values, at) => {
          const other = wanted[model.tensors[model.outputs[at]].name];
          return values.every((value, i) => Object.is(value, other[i]));
        }));
        return outputs;
      },
      async finish(): Promise<TargetFindings> {
        const golden: Trace[] = [];
        for (const sample of model.golden) {
          golden.push(await device.trace(join(sample.inputs), info.layers));
        }
        const selfCheck = compareGolden(model, facts, golden);
        const bytes = selfCheck.mismatch && await device.layer(
          facts.layers.indexOf(selfCheck.mismatch.index),
          join(model.golden[selfCheck.mismatch.golden].inputs),
        );
        const perTick = port ? 1 : board.machine.instructionsPerTick;
        const ticks = golden.length ? [...golden[0].ticks].map((tick) => tick * perTick) : null;
        const stack = await device.stackBytes();
        await device.quit();
        await connection[Symbol.asyncDispose]();
        return {
          selfCheck,
          mismatchBytes: bytes && [...bytes],
          latencies: [],
          layers: [],
          peakBytes: null,
          instructions: ticks && model.operators.map((_, i) =>
                ticks[facts.layers.indexOf(i)] ?? null
              ) ||
            undefined,
          device: {
            board: board.name,
            title: board.title,
            machine: port ?? board.machine.name,
            standIn: port ? null : board.machine.standIn,
            flash: {
              text: firmware.sizes.text,
              rodata: firmware.sizes.rodata,
              smallText: firmware.small.text,
              available: board.flash,
            },
            ram: {
              arena: info.arenaBytes,
              bss: firmware.sizes.bss,
              stack: stack || null,
              available: board.ram,
            },
            instructions: ticks && Math.round(ticks.reduce((sum, tick) => sum + tick, 0)),
            selfTest: info.selfTest === 0,
            sameAsWasm: { ...count },
          },
        };
      },
      stop: connection.stop,
    };
  } catch (error) {
    connection.stop();
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Bytes of all inputs as the board takes them: quantized here where the model quantizes them. */
function joinInputs(model: Model, inputs: readonly Float32Array[]): Uint8Array {
  const view = viewGraph(model);
  return join(view.inputs.map((tensor, i) => {
    if (tensor === model.inputs[i]) return new Uint8Array(inputs[i].slice().buffer);
    const operator = model.operators.find(({ output }) => output === tensor)!;
    const params = operator.params as Readonly<Record<string, number>>;
    const { min, max, factor } = params;
    const output = outputOf(model.tensors[tensor], { min, max });
    const integers = Int8Array.from(inputs[i], (x) => store(Math.fround(x * factor), output));
    return new Uint8Array(integers.buffer);
  }));
}

/** Values of every output; int8 outputs stay in their own units. */
function splitOutputs(model: Model, bytes: Uint8Array): Float32Array[] {
  let at = 0;
  return model.outputs.map((tensor) => {
    const { dtype } = model.tensors[tensor];
    const part = bytes.slice(at, at += bytesOf(model.tensors[tensor])).buffer;
    return dtype === "int8" ? Float32Array.from(new Int8Array(part)) : new Float32Array(part);
  });
}

function compareGolden(model: Model, { layers }: BundleFacts, traces: readonly Trace[]): SelfCheck {
  let mismatch: LayerMismatch | null = null;
  let maxAbsError = 0;
  model.golden.forEach((sample, golden) => {
    const { hashes, outputs } = traces[golden];
    layers.forEach((index, layer) => {
      if (mismatch || hashes[layer] === sample.hashes[index]) return;
      const { name, op } = model.operators[index];
      mismatch = { golden, index, layer: name, op };
    });
    const got = splitOutputs(model, outputs);
    const wanted = splitOutputs(model, join(sample.outputs));
    wanted.forEach((values, i) =>
      values.forEach((value, k) => {
        const error = Math.abs(got[i][k] - value);
        if (!(error <= maxAbsError)) maxAbsError = error;
      })
    );
  });
  const samples = model.golden.length;
  return { samples, bitExact: samples ? !mismatch : null, mismatch, maxAbsError };
}

function join(parts: GoldenSample["inputs"]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
