/**
 * What `blame` found, as a table and as a page.
 * @module
 */
import type { BlameReport, LayerBlame, Suggestion } from "../../mod.ts";
import { PLAIN, type Style } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import { escape } from "./escape.ts";
import { blameChart } from "./layer_chart.ts";
import { page } from "./page.ts";
import { count, decibels, percent } from "./units.ts";

const COLUMNS = ["layer", "operator", "weights", "number", "output, alone", "layer, alone"];
const TOGETHER = ["layer, together", "cosine"];

/** The table for the terminal. */
export function blameText(report: BlameReport, style: Style = PLAIN): string {
  const { model, samples, layers, suggestion } = report;
  const about =
    "Signal to quantization noise in dB, less is worse: of the model's output and of the " +
    "layer's,\nwith that layer alone quantized, and of the layer's with all; cosine with all.";
  const rows = layers.map((layer) => [
    ...[layer.name, layer.op, layer.weights, count(layer.parameters)],
    ...[layer.alone.outputSqnrDb, layer.alone.sqnrDb, layer.together.sqnrDb].map(noise),
    layer.together.cosine?.toFixed(5) ?? "",
  ]);
  return [
    style.strong(model.name),
    style.faint(`${samples.noise} calibration samples, ${samples.evaluation} held out`),
    style.faint(about),
    "",
    table([[...COLUMNS, ...TOGETHER], ...rows], [3, 4, 5, 6, 7]),
    "",
    allText(report),
    ...suggestion ? [suggestionText(suggestion, style)] : [],
  ].join("\n");
}

/** A page that needs nothing from anywhere. */
export function blameHtml(report: BlameReport): string {
  const { model, layers, recipe, kedge } = report;
  return page({
    title: `${model.name} · kedge blame`,
    body: `<h1>${escape(model.name)} <small>layers that lose the accuracy</small></h1>
<pre>${escape(blameText(report))}</pre>
${blameChart(layers)}
<h2>Recipe</h2>
<pre>${escape(JSON.stringify(recipe, null, 2))}</pre>
<footer>kedge ${escape(kedge)} · model SHA-256 ${escape(model.sha256)}</footer>`,
  });
}

function noise(value: LayerBlame["alone"]["sqnrDb"]): string {
  return value === null ? "exact" : value.toFixed(1);
}

function allText({ outputSqnrDb, accuracy }: BlameReport): string {
  const output = outputSqnrDb === null ? "exact" : decibels(outputSqnrDb);
  if (!accuracy) return `all together: output ${output}`;
  const { metric, original, bundle, drop } = accuracy;
  return `all together: output ${output}, ${metric} ${share(metric, bundle)} of ` +
    `${share(metric, original)}, drop ${share(metric, drop)}`;
}

function suggestionText({ maxDrop, rules, accuracy, met }: Suggestion, style: Style): string {
  const { metric, drop } = accuracy;
  const measured = `measured drop ${share(metric, drop)}, ${percent(maxDrop)} wanted`;
  if (!met) return style.bad(`No layer kept in float is enough: ${measured}.`);
  if (!rules.length) return style.good(`Nothing has to be kept: ${measured}.`);
  const layers = JSON.stringify(rules, null, 2);
  return `${
    style.good(`Enough: ${measured}, with these rules in the recipe's layers:`)
  }\n${layers}`;
}

function share(metric: string, value: number): string {
  return metric === "mse" ? value.toPrecision(4) : percent(value);
}
