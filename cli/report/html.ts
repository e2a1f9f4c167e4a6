/**
 * A report as one HTML file that needs nothing from anywhere.
 * @module
 */
import type { LayerReport, Report, SearchReport } from "../../mod.ts";
import { errorText } from "./error.ts";
import { escape } from "./escape.ts";
import { instructionChart, layerChart, timeChart } from "./layer_chart.ts";
import { paretoChart } from "./pareto_chart.ts";
import { frontText } from "./search.ts";
import { page } from "./page.ts";
import { reportText, shareOfFloat32 } from "./text.ts";
import { bytes, count, decibels, milliseconds, percent } from "./units.ts";

/** The whole page. */
export function reportHtml(report: Report): string {
  const { model, target, accuracy, bytes: sizes, latencyMs, coldStartMs, layers, device } = report;
  const cards = [
    device ? "" : card("shipped", bytes(sizes.total), `${bytes(sizes.totalBrotli)} brotli`),
    card(
      "weights",
      bytes(sizes.weights),
      shareOfFloat32(sizes.weights, model.parameters),
    ),
    accuracy && accuracy.metric !== "mse"
      ? card(accuracy.metric, percent(accuracy.bundle), `original ${percent(accuracy.original)}`)
      : "",
    latencyMs
      ? card("latency", milliseconds(latencyMs.p50), `p95 ${milliseconds(latencyMs.p95)}`)
      : "",
    coldStartMs === null ? "" : card("cold start", milliseconds(coldStartMs), "whole process"),
    device
      ? card("flash", bytes(device.flash.text + device.flash.rodata), "code and constants")
      : "",
    device ? card("RAM", bytes(device.ram.bss), `arena ${bytes(device.ram.arena)}`) : "",
  ];
  return page({
    title: `${model.name} for ${target.name} · kedge report`,
    body: `<h1>${escape(model.name)} <small>for ${escape(target.name)}, ${
      escape(target.runtime)
    }</small></h1>
<section class="cards">${cards.join("")}</section>
${report.misses.map((miss) => `<pre class="miss">${escape(errorText(miss))}</pre>`).join("\n")}
<h2>Report</h2>
<pre>${escape(reportText(report))}</pre>
${report.search ? searchPart(report.search) : ""}
<h2>Layers</h2>
${layerChart(layers)}
${timeChart(layers)}
${instructionChart(layers)}
<table>
<tr><th>layer</th><th>operator</th><th>weights</th><th class="n">bytes</th><th class="n">MACs</th><th class="n">time</th><th class="n">SQNR</th><th>hash</th><th>note</th></tr>
${layers.map(layerRow).join("\n")}
</table>
<h2>Recipe</h2>
<pre>${escape(JSON.stringify(report.recipe, null, 2))}</pre>
<footer>kedge ${escape(report.kedge)} · model SHA-256 ${
      escape(model.sha256)
    } · seed ${report.seed}</footer>`,
  });
}

function searchPart(search: SearchReport): string {
  return `<h2>Search</h2>
${paretoChart(search)}
<pre>${escape(frontText(search))}</pre>`;
}

function card(title: string, value: string, note: string): string {
  return `<div><h3>${escape(title)}</h3><b>${escape(value)}</b><p>${escape(note)}</p></div>`;
}

function layerRow(layer: LayerReport): string {
  const { name, op, weights, bytes: size, macs, sqnrDb, hash, ms, reason } = layer;
  const texts = [name, op, weights ?? ""];
  const numbers = [
    size ? bytes(size) : "",
    macs ? count(macs) : "",
    ms === null ? "" : `${(ms * 1000).toFixed(1)} µs`,
    sqnrDb === null ? "" : decibels(sqnrDb),
  ];
  const cells = [
    ...texts.map((text) => `<td>${escape(text)}</td>`),
    ...numbers.map((text) => `<td class="n">${escape(text)}</td>`),
    `<td><code>${escape(hash ?? "")}</code></td><td>${escape(reason ?? "")}</td>`,
  ];
  return `<tr>${cells.join("")}</tr>`;
}
