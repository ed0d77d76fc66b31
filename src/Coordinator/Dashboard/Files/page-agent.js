import { get } from "./api.js";
import { agentActions } from "./agents.js";
import { lineChart } from "./charts.js";
import { el, poll, show } from "./dom.js";
import { ago, bytes, figure, labels, moment, percent, plural, version } from "./format.js";
import { isFault, sentence } from "./fold.js";
import { badge, tile, trouble } from "./parts.js";

export const title = ([name]) => decodeURIComponent(name);

export function open(root, [name], signal) {
  const refresh = async () => {
    try {
      const agent = await get(`/agents/${name}`, signal);
      show(root, ...view(root.clientWidth, agent, refresh));
    } catch (failure) {
      if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, decodeURIComponent(name)), trouble(failure));
    }
  };
  return poll(refresh, 4000, signal);
}

function view(width, agent, again) {
  const { summary } = agent;
  const best = agent.engines[0];
  const results = agent.events.filter(({ event }) => event.kind === "ResultAccepted").reverse();
  const errors = agent.events.filter(({ event }) => isFault(event)).slice(0, 10);
  const columns = width > 860 ? 2 : 1, chart = Math.floor((width - (columns - 1) * 16) / columns) - 42;
  const line = (name, tone, key) => ({ name, tone, values: results.map(({ event }, index) => ({ x: index + 1, y: event[key] ?? null })) });
  return [
    el("section", { class: "top", "data-key": "head" },
      el("div", { class: "head" }, el("h1", { tabindex: -1 }, summary.name), badge(summary.presence), badge(summary.standing)),
      el("p", { class: "lead" }, summary.sentence ?? ""),
      agentActions(summary, agent.enrolledAt, again)),
    el("div", { class: "tiles", "data-key": "tiles" },
      tile("Last heard", ago(summary.lastHeardAt), summary.activity ?? ""),
      tile("Examples", summary.examples?.toLocaleString() ?? "–", plural(agent.dataSets.length, "data set")),
      tile("Speed", best?.tokensPerSecond ? `${Math.round(best.tokensPerSecond).toLocaleString()} tokens/s` : "not measured", best ? `${best.engine} on ${best.device}` : ""),
      tile("Memory free", best?.memoryFreeBytes ? bytes(best.memoryFreeBytes) : "–", best?.largestRank ? `rank up to ${best.largestRank}` : "rank not measured"),
      tile("Disk free", bytes(agent.diskFreeBytes), agent.cpuCores ? `${agent.cpuCores} processor cores` : "")),
    el("section", { class: "card", "data-key": "errors" }, el("h2", null, "Last errors"), errors.length === 0 ? el("p", { class: "empty" }, "None that is still remembered.") : el("ul", { class: "lines" }, errors.map(({ id, at, event }) =>
      el("li", { "data-key": `error-${id}` }, el("time", { datetime: at, class: "soft" }, moment(at)), " ", sentence(event), " ", el("a", { href: `#/runs/${event.runId}` }, "the run"))))),
    el("section", { class: "card", "data-key": "terminal" }, el("h2", null, "Terminal"), agent.terminalAt
      ? [el("p", { class: "soft" }, `Its last lines, as it told them ${ago(agent.terminalAt)}.`), el("pre", { tabindex: 0, "aria-label": "The terminal's last lines" }, agent.terminal.join("\n"))]
      : el("p", { class: "empty" }, "Nothing told since the service began; its owner may forbid it (allow.terminal).")),
    el("div", { class: "charts", "data-key": "charts" },
      lineChart({ title: "Training loss", note: "Of its last results, oldest first.", width: chart, xName: "result", lines: [line("training", "s5", "loss")] }),
      lineChart({ title: "Accuracy on its own data", note: "Its own model, and the global one that it was given.", width: chart, xName: "result", format: percent, lines: [line("local", "s3", "localAccuracy"), line("global", "s2", "globalAccuracy")] })),
    el("section", { class: "card", "data-key": "device" }, el("h2", null, "Device"), facts([
      ["Platform", summary.platform], ["Version", version(summary.version)], ["Labels", labels(summary.labels) || "none"], ["Role", summary.role], ["Installation", summary.installationId], ["Enrolled", moment(agent.enrolledAt)],
      ...agent.engines.map(engine => [`Engine ${engine.engine}`, [engine.device, engine.memoryTotalBytes ? `${bytes(engine.memoryTotalBytes)} memory` : null, engine.largestBatch ? `batch up to ${engine.largestBatch}` : null, engine.tokensPerSecond ? `${figure(engine.tokensPerSecond)} tokens/s` : null].filter(Boolean).join(", ")]),
      ...agent.dataSets.map(data => [`Data ${data.name}`, `${data.examples.toLocaleString()} examples, ${data.heldOut.toLocaleString()} held out, for ${data.task}`]),
      ...agent.models.map(model => ["Model", model.modelId])])),
    el("section", { class: "card", "data-key": "history" }, el("h2", null, "History"), agent.history.length === 0 ? el("p", { class: "empty" }, "Nothing yet.") : el("ol", { class: "log", tabindex: 0, "aria-label": "History, newest first" }, agent.history.map(entry =>
      el("li", null, el("time", { datetime: entry.at }, moment(entry.at)), el("span", null, entry.what, entry.by ? ` by ${entry.by}` : "", entry.runId ? [" ", el("a", { href: `#/runs/${entry.runId}` }, "the run")] : null))))),
  ];
}

const facts = list => el("dl", { class: "facts" }, list.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value))));
