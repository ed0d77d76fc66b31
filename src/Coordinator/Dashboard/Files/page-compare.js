import { follow, get } from "./api.js";
import { lineChart } from "./charts.js";
import { el, show } from "./dom.js";
import { bytes, figure, percent, shortId, span } from "./format.js";
import { emptyRun, series, take } from "./fold.js";
import { badge, trouble } from "./parts.js";
import { measured, rounds } from "./runs.js";

export const title = () => "Compare runs";

export async function open(root, ids, signal) {
  try {
    const runs = await Promise.all(ids.slice(0, 2).map(async id => {
      const run = emptyRun();
      await follow(`/runs/${id}/events?follow=false`, envelope => take(run, envelope), () => {}, async () => true, signal);
      return { detail: await get(`/runs/${id}`, signal), points: series(run) };
    }));
    const draw = () => show(root, ...view(root.clientWidth, runs));
    window.addEventListener("resize", draw, { signal });
    draw();
  } catch (failure) {
    if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, "Compare runs"), trouble(failure));
  }
}

function view(width, runs) {
  const columns = width > 860 ? 2 : 1, chart = Math.floor((width - (columns - 1) * 16) / columns) - 42;
  const names = runs[0].detail.summary.name === runs[1].detail.summary.name ? runs.map(run => shortId(run.detail.summary.id)) : runs.map(run => run.detail.summary.name);
  const lines = key => runs.map((run, index) => ({ name: names[index], tone: index === 0 ? "s1" : "s3", dashed: index === 1, values: run.points.filter(point => point.x > 0 || key === "central").map(point => ({ x: point.x, y: point[key] })) }));
  const figures = [
    ["State", run => badge(run.detail.summary.state)], ["Rounds", run => rounds(run.detail.summary)], ["Measured", run => measured(run.detail.summary)],
    ["Merge error, mean", run => figure(run.detail.usedDivergence)], ["Bound, mean", run => figure(run.detail.autoDivergence)],
    ["Bytes up", run => bytes(run.points.reduce((sum, point) => sum + (point.up ?? 0), 0))], ["Time in rounds", run => span(run.points.reduce((sum, point) => sum + (point.seconds ?? 0), 0))], ["Agents", run => String(run.detail.participants.length)]];
  const settings = runs.map(run => flat(run.detail.spec));
  const differing = [...new Set(settings.flatMap(Object.keys))].sort().filter(name => settings[0][name] !== settings[1][name]);
  const heads = el("thead", null, el("tr", null, el("th", { scope: "col" }, ""), runs.map((run, index) => el("th", { scope: "col" }, el("a", { href: `#/runs/${run.detail.summary.id}` }, names[index])))));
  return [
    el("h1", { tabindex: -1 }, `${names[0]} and ${names[1]}`),
    el("section", { class: "card" }, el("h2", null, "Results"), el("div", { class: "scroll" }, el("table", null, heads, el("tbody", null, figures.map(([name, value]) => el("tr", null, el("th", { scope: "row" }, name), runs.map(run => el("td", null, value(run))))))))),
    el("div", { class: "charts" },
      lineChart({ title: "Accuracy, central", note: "The global model on the central test set.", width: chart, format: percent, lines: lines("central") }),
      lineChart({ title: "Accuracy at the agents", note: "The global model, mean over agents.", width: chart, format: percent, lines: lines("global") }),
      lineChart({ title: "Training loss", note: "Nats, mean over agents.", width: chart, lines: lines("training") }),
      lineChart({ title: "Merge error", note: "Relative distance to the ideal update.", width: chart, lines: lines("used") }),
      lineChart({ title: "Bytes up", note: "Per round.", width: chart, zero: true, format: bytes, lines: lines("up") }),
      lineChart({ title: "Time of a round", note: "Seconds.", width: chart, zero: true, lines: lines("seconds") })),
    el("section", { class: "card" }, el("h2", null, "Settings that differ"), differing.length === 0 ? el("p", { class: "empty" }, "None.") : el("div", { class: "scroll" }, el("table", null, heads.cloneNode(true),
      el("tbody", null, differing.map(name => el("tr", null, el("th", { scope: "row" }, name), settings.map(set => el("td", null, set[name] ?? "–")))))))),
  ];
}

function flat(node, prefix = "", into = {}) {
  for (const [name, value] of Object.entries(node ?? {})) {
    if (value && typeof value === "object" && !Array.isArray(value)) flat(value, `${prefix}${name}.`, into);
    else into[prefix + name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return into;
}
