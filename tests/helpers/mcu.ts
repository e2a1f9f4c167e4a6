/** Bundles of target mcu for tests, and what they need of the machine. */
import { fileURLToPath } from "node:url";
import { bundle, type BundleOptions, type Report } from "../../mod.ts";
import { type BoardName, BOARDS, programsOf } from "../../converters/targets/mcu/mod.ts";
import { runs } from "./c99_backend.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/shapes/", import.meta.url));

/** Which programs of a board are missing here, for the names of skipped tests; null for none. */
export function missingFor(board: BoardName): string | null {
  const missing = programsOf(BOARDS[board]).filter((program) => !runs(program));
  return missing.length ? `needs ${missing.join(", ")}` : null;
}

/** The example, bundled and checked on a board. */
export function bundleExample(
  board: BoardName,
  out: string,
  more: Partial<BundleOptions> = {},
): Promise<Report> {
  return bundle({
    model: `${EXAMPLE}model.onnx`,
    data: `${EXAMPLE}data.json`,
    target: "mcu",
    board,
    out,
    checkSamples: 4,
    ...more,
  });
}
