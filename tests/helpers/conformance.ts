/** Which ONNX node tests pass, and the committed list of them. */
import { BACKENDS, REFERENCE } from "./backends.ts";
import { type Outcome, readNodeTest, runNodeTest } from "./node_tests.ts";
import { SHARED } from "./shared.ts";
import { NODE_TEST, NODE_TEST_SPECTRUM, NODE_TEST_STANDARD } from "./tolerances.ts";

const FOLDER = `${SHARED}onnx-node-tests`;
const LIST = new URL("../operators/conformance_passes.txt", import.meta.url);

/**
 * Tests held to the standard's own tolerance: their outputs are small differences of large values, or
 * given with four digits.
 */
const CANCELLING: ReadonlySet<string> = new Set([
  "averagepool_2d_ceil_last_window_starts_on_pad",
  "gridsample_bicubic",
  "layer_normalization_4d_axis1",
  "mish",
  "mish_expanded",
]);

/** Names of all node tests, without "test_", in order. */
export function nodeTestNames(): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name.replace(/^test_/, "")).sort();
}

/** Converts and runs one node test on the reference and all backends. */
export async function nodeTestOutcome(name: string): Promise<Outcome> {
  const test = await readNodeTest(`${FOLDER}/test_${name}`);
  const tolerance = CANCELLING.has(name)
    ? NODE_TEST_STANDARD
    : /^dft/.test(name)
    ? NODE_TEST_SPECTRUM
    : NODE_TEST;
  return await runNodeTest(test, [REFERENCE, ...BACKENDS], tolerance);
}

/** Names of the node tests that pass, as committed. */
export async function listedPasses(): Promise<string[]> {
  return (await Deno.readTextFile(LIST)).split(/\s+/).filter((name) => name !== "");
}

/** Writes the list anew: `deno run -A tests/helpers/conformance.ts`. */
async function writeList(): Promise<void> {
  const lines = [""];
  for (const name of nodeTestNames()) {
    if ((await nodeTestOutcome(name)).kind !== "pass") continue;
    const longer = `${lines.at(-1)} ${name}`.trim();
    if (longer.length > 100) lines.push(name);
    else lines[lines.length - 1] = longer;
  }
  await Deno.writeTextFile(LIST, `${lines.join("\n")}\n`);
}

if (import.meta.main) await writeList();
