/** The ONNX project's node tests: each passes on every backend, or is refused for a reason. */
import assert from "node:assert/strict";
import { listedPasses, nodeTestNames, nodeTestOutcome } from "../helpers/conformance.ts";
import type { Outcome } from "../helpers/node_tests.ts";
import { hasShared, SHARED_REASON } from "../helpers/shared.ts";

const ignore = !hasShared;
const because = ignore ? ` (${SHARED_REASON})` : "";

const outcomes = new Map<string, Outcome>();

Deno.test({
  name: `every ONNX node test gives the right result or a model error${because}`,
  ignore,
  async fn() {
    const wrong: string[] = [];
    for (const name of nodeTestNames()) {
      const outcome = await nodeTestOutcome(name);
      outcomes.set(name, outcome);
      if (outcome.kind === "wrong") wrong.push(`${name}: ${outcome.reason}`);
    }
    assert.deepEqual(wrong, []);
  },
});

Deno.test({
  name: `the ONNX node tests that pass are those listed${because}`,
  ignore,
  async fn() {
    const passes = [...outcomes].filter(([, { kind }]) => kind === "pass").map(([name]) => name);
    // A new pass belongs in the list: deno run -A tests/helpers/conformance.ts
    assert.deepEqual(passes, await listedPasses());
  },
});

Deno.test({
  name: `refused ONNX node tests say what was in the way${because}`,
  ignore,
  fn() {
    for (const [name, outcome] of outcomes) {
      if (outcome.kind !== "refused") continue;
      const { code, message, details, where } = outcome.error.data;
      assert.match(code, /^model\//, name);
      assert.ok(message.includes(":"), `${name}: ${message}`);
      if (code === "model/unsupported") {
        const named = details?.every(({ got }) => got) ?? where !== undefined;
        assert.ok(named, `${name}: ${message}`);
      }
    }
  },
});
