import { get } from "./api.js";
import { el, poll, show } from "./dom.js";
import { ago, bytes, percent } from "./format.js";
import { modelCard } from "./models.js";
import { alertList } from "./page-overview.js";
import { mayOperate, session, tile, trouble } from "./parts.js";
import { agentTokenCard, operatorTokenCard } from "./tokens.js";

export const title = () => "Service";

export function open(root, _, signal) {
  const refresh = async () => {
    try {
      const mayAdmit = mayOperate() && !session.open;
      const [status, resources, alerts, models, agentTokens, tokens] = await Promise.all([get("/status", signal), get("/resources", signal), get("/alerts", signal), get("/models", signal),
        mayAdmit ? get("/agent-tokens", signal) : null, mayAdmit ? get("/tokens", signal) : null]);
      show(root, ...view(status, resources, alerts, models, agentTokens, tokens, refresh));
    } catch (failure) {
      if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, "Service"), trouble(failure));
    }
  };
  return poll(refresh, 6000, signal);
}

function view(status, resources, alerts, models, agentTokens, tokens, again) {
  const used = resources.diskTotalBytes ? 1 - resources.diskFreeBytes / resources.diskTotalBytes : null;
  return [
    el("h1", { tabindex: -1 }, "Service"),
    el("div", { class: "tiles" },
      tile("State", status.ready ? "ready" : "not ready", status.problem ?? `term ${status.term}, started ${ago(status.startedAt)}`),
      tile("Disk free", bytes(resources.diskFreeBytes), used === null ? "" : `${percent(used)} of ${bytes(resources.diskTotalBytes)} in use`),
      tile("Models and updates", bytes(resources.bodyBytes), "kept on the disk"),
      tile("Store", bytes(resources.databaseBytes), "runs, fleet, events"),
      tile("Memory", bytes(resources.memoryBytes), "of the service's process")),
    alerts.length === 0 ? el("section", { class: "card", "data-key": "alerts" }, el("h2", null, "Alerts"), el("p", { class: "empty" }, "Nothing needs you.")) : alertList(alerts),
    el("section", { class: "card", "data-key": "queues" }, el("h2", null, "Queues"),
      resources.queuesProblem ? el("p", { class: "trouble" }, `The broker could not be asked: ${resources.queuesProblem}`)
      : resources.queues.length === 0 ? el("p", { class: "empty" }, "The bus is in memory: there are no queues to look at.")
      : el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Queues" }, el("table", null, el("thead", null, el("tr", null, ["Queue", "Waiting", "Readers"].map((name, index) => el("th", { scope: "col", class: index ? "number" : null }, name)))),
        el("tbody", null, resources.queues.map(queue => el("tr", { "data-key": queue.name }, el("th", { scope: "row" }, queue.name), el("td", { class: "number" }, queue.exists ? queue.messages : "absent"), el("td", { class: "number" }, queue.consumers))))))),
    modelCard(models, again),
    agentTokens ? agentTokenCard(agentTokens, again) : null,
    tokens ? operatorTokenCard(tokens, again) : null,
  ];
}
