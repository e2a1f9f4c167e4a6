/**
 * The table of `kedge bench-compression`.
 * @module
 */
import type { CompressionReport } from "../../mod.ts";
import { table } from "../terminal/table.ts";

/** One line a method: accuracy, what was lost, agreement with the original, times. */
export function compressionText({ model, methods }: CompressionReport): string {
  const percent = (value: number) => `${(100 * value).toFixed(2)}%`;
  const rows = methods.map(({ name, accuracy, seconds, ms }) => [
    name,
    percent(accuracy.bundle),
    (100 * accuracy.drop).toFixed(2),
    percent(accuracy.agreement),
    seconds.toFixed(1),
    ms.toPrecision(3),
  ]);
  const [first] = methods;
  const original = first
    ? `${percent(first.accuracy.original)} of ${first.accuracy.samples} held-out samples`
    : "nothing measured";
  return `${model}: original ${original} (${first?.accuracy.metric})\n` +
    table([["method", "accuracy", "drop", "agreement", "seconds", "ms a run"], ...rows], [
      ...[1, 2, 3, 4, 5],
    ]);
}
