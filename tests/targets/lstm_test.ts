/**
 * An LSTM, whose time steps the graph holds one by one, is a loop in C, with the same bits. Takes
 * some seconds: it converts a real model.
 */
import assert from "node:assert/strict";
import { convert } from "../../mod.ts";
import { makeProgram, writeModel } from "../../converters/targets/mcu/mod.ts";
import { run } from "../../runtime/engine/session.ts";
import { load } from "../../runtime/hosts/load.ts";
import { HOST_COMPILER, HOST_COMPILER_REASON, runAsC } from "../helpers/c99_backend.ts";
import { Random } from "../helpers/random.ts";
import { hasShared, SHARED_REASON, sharedModel } from "../helpers/shared.ts";

const why = hasShared ? HOST_COMPILER ? "" : `, ${HOST_COMPILER_REASON}` : `, ${SHARED_REASON}`;

Deno.test({
  name: `time steps of lstm-mnist are a loop with the bits of the engine${why}`,
  ignore: why !== "",
  fn: async () => {
    const { bytes: packed, model } = await convert({
      model: sharedModel("lstm-mnist"),
      data: sharedModel("lstm-mnist", "data.json"),
      recipe: { weights: "int8", activations: "int8" },
    });
    const text = await writeModel(makeProgram(model));
    const [, body] = /void kedge_invoke\(void\) \{\n([^]*?)\n\}\n/.exec(text) ?? [];
    assert.match(body, /for \(int i = 0; i < 27; i\+\+\)/);
    const calls = body.match(/^ +kedge_\w+\(/gm) ?? [];
    assert.ok(calls.length < model.operators.length / 4, `${calls.length} calls`);
    const engine = await load(packed, { relaxed: false });
    const { name, size } = model.tensors[model.inputs[0]];
    for (let seed = 0; seed < 3; seed++) {
      const random = new Random(seed);
      const inputs = { [name]: Float32Array.from({ length: size }, () => random.next()) };
      assert.deepEqual(await runAsC(packed, inputs), run(engine, inputs));
    }
  },
});
