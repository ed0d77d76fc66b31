import { all, get } from "./api.js";
import { el, poll, show } from "./dom.js";
import { ago, isOver, plural } from "./format.js";
import { badge, mayOperate, tile, trouble } from "./parts.js";
import { measured, rounds, why } from "./runs.js";

export const title = () => "Overview";

export function open(root, _, signal) {
  return poll(async () => {
    try {
      const [status, alerts, page, agents] = await Promise.all([get("/status", signal), get("/alerts", signal), get("/runs?limit=50", signal), all("/agents", signal)]);
      show(root, view(status, alerts, page.items, agents));
    } catch (failure) {
      if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, "Overview"), trouble(failure));
    }
  }, 4000, signal);
}

function view(status, alerts, runs, agents) {
  const open = runs.filter(run => !isOver(run.state));
  const missing = agents.filter(agent => agent.presence !== "Online" && agent.standing !== "Revoked");
  return [
    el("h1", { tabindex: -1 }, "Overview"),
    el("div", { class: "tiles" },
      tile("Agents there", `${status.agentsOnline} of ${status.agents}`, `${status.agentsBusy} at work`),
      tile("Runs under way", status.runs.Running ?? 0, `${status.runs.Queued ?? 0} queued, ${status.runs.Paused ?? 0} paused`),
      tile("Runs over", ["Completed", "Incomplete", "Failed", "Cancelled"].reduce((sum, state) => sum + (status.runs[state] ?? 0), 0), `${status.runs.Failed ?? 0} failed`),
      tile("Alerts", alerts.length, alerts.length === 0 ? "nothing needs you" : `${alerts.filter(alert => alert.severity === "Critical").length} critical`),
      tile("Service", status.ready ? "ready" : "not ready", `started ${ago(status.startedAt)}`)),
    alertList(alerts),
    el("section", { class: "card", "data-key": "open" },
      el("div", { class: "head" }, el("h2", null, "Runs under way"), mayOperate() ? el("a", { class: "button primary", href: "#/runs/new" }, "Submit a run") : null),
      open.length === 0 ? el("p", { class: "empty" }, "No run is under way.") : el("ul", { class: "lines" }, open.map(run => el("li", { "data-key": run.id },
        el("div", { class: "head" }, el("a", { href: `#/runs/${run.id}` }, run.name), badge(run.state), el("span", { class: "soft" }, `${rounds(run)} rounds · ${measured(run)}`)),
        el("p", { class: "why" }, why(run)))))),
    missing.length === 0 ? null : el("section", { class: "card", "data-key": "missing" },
      el("h2", null, `${plural(missing.length, "agent")} not there`),
      el("ul", { class: "lines" }, missing.slice(0, 8).map(agent => el("li", { "data-key": agent.name }, el("a", { href: `#/agents/${encodeURIComponent(agent.name)}` }, agent.name), " ", agent.sentence))),
      missing.length > 8 ? el("p", null, el("a", { href: "#/agents" }, `and ${missing.length - 8} more`)) : null),
  ];
}

export function alertList(alerts) {
  return alerts.length === 0 ? null : el("section", { class: "card", "data-key": "alerts" },
    el("h2", null, "Alerts"),
    el("ul", { class: "lines" }, alerts.map(alert => el("li", { "data-key": alert.sentence },
      el("div", { class: "head" }, badge(alert.severity), el("strong", null, alert.sentence), alert.since ? el("span", { class: "soft" }, `since ${ago(alert.since)}`.replace("since ", "")) : null),
      el("p", { class: "why" }, alert.fix,
        alert.runId ? [" ", el("a", { href: `#/runs/${alert.runId}` }, "Look at the run")] : null,
        alert.agentId ? [" ", el("a", { href: `#/agents/${encodeURIComponent(alert.agentId)}` }, "Look at the agent")] : null)))));
}
