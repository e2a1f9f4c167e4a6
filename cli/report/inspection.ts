/**
 * An inspection as text.
 * @module
 */
import type { Inspection } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { bytes, count } from "./units.ts";

/** What `inspect` prints. */
export function inspectionText(inspection: Inspection, style: Style = PLAIN): string {
  const { file, format, name, inputs, outputs, operators, unsupported, layers } = inspection;
  const { operations, arenaBytes, labels, golden, provenance, opset } = inspection;
  const tensors = (list: Inspection["inputs"]) =>
    list.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape?.join(", ") ?? "?"}]`);
  const rows = [
    ["file", `${file} (${bytes(inspection.bytes)}, ${format}${opset ? ` opset ${opset}` : ""})`],
    ["sha256", inspection.sha256],
    ...tensors(inputs).map((text) => ["input", text]),
    ...tensors(outputs).map((text) => ["output", text]),
    ["parameters", count(inspection.parameters)],
    ["operators", Object.entries(operators).map(([op, n]) => `${op} ${n}`).join(", ")],
  ];
  if (layers.length) rows.push(["runs as", `${layers.length} operators`]);
  if (operations !== null) rows.push(["operations", count(operations)]);
  if (arenaBytes !== null) rows.push(["arena", bytes(arenaBytes)]);
  if (labels?.length) rows.push(["labels", labels.join(", ")]);
  if (golden !== undefined) rows.push(["golden", `${golden} samples`]);
  if (provenance) rows.push(["recipe", provenance.recipe]);
  const parts = [style.strong(name), table(rows)];
  if (layers.length) parts.push("", layerTable(layers));
  const notes = layers.flatMap(({ name, reason }) => reason ? [`${name}: ${reason}`] : []);
  if (notes.length) parts.push("", ...notes);
  parts.push(
    "",
    unsupported.length
      ? [
        style.bad(`${unsupported.length} nodes cannot run on kedge's runtime:`),
        ...unsupported.map(({ message }) => `- ${message}`),
      ].join("\n")
      : style.good("Everything is supported."),
  );
  return parts.join("\n");
}

function layerTable(layers: Inspection["layers"]): string {
  const head = ["layer", "op", "weights", "bytes", "macs"];
  const rows = layers.map(({ name, op, weights, bytes, macs }) => [
    name,
    op,
    weights ?? "",
    bytes ? String(bytes) : "",
    macs ? String(macs) : "",
  ]);
  return table([head, ...rows], [3, 4]);
}
