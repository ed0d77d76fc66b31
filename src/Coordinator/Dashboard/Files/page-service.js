import { command, get } from "./api.js";
import { el, poll, show } from "./dom.js";
import { ago, bytes, moment, percent } from "./format.js";
import { alertList } from "./page-overview.js";
import { action, mayOperate, session, tile, trouble } from "./parts.js";

export const title = () => "Service";

export function open(root, _, signal) {
  const refresh = async () => {
    try {
      const [status, resources, alerts, tokens] = await Promise.all([get("/status", signal), get("/resources", signal), get("/alerts", signal), mayOperate() && !session.open ? get("/tokens", signal) : null]);
      show(root, ...view(status, resources, alerts, tokens, refresh));
    } catch (failure) {
      if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, "Service"), trouble(failure));
    }
  };
  return poll(refresh, 6000, signal);
}

function view(status, resources, alerts, tokens, again) {
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
    tokens ? el("section", { class: "card", "data-key": "tokens" },
      el("div", { class: "head" }, el("h2", null, "Operator tokens"), action("Create", () => ({
        title: "Create an operator token", text: "Its secret is shown once; the service keeps only a hash.", verb: "Create",
        fields: [{ name: "name", label: "Name", hint: "Letters, digits, '.', '_' and '-'." }, { name: "role", label: "Role", type: "select", options: ["View", "Operate"] }],
        act: async ({ name, role }) => { const made = await command("POST", "/tokens", { name, role }); secret(made); await again(); },
      }))),
      el("ul", { class: "lines" }, tokens.map(token => el("li", { "data-key": token.name }, el("div", { class: "head" }, el("strong", null, token.name), el("span", { class: "soft" }, `${token.role.toLowerCase()}, since ${moment(token.createdAt)}`),
        action("Revoke", () => ({ title: `Revoke the token '${token.name}'?`, text: "Whoever uses it is signed out at once.", verb: "Revoke", dangerous: true, act: async () => { await command("DELETE", `/tokens/${encodeURIComponent(token.name)}`); await again(); return `revoked '${token.name}'`; } }), "danger")))))) : null,
  ];
}

/** Shows a new token's secret, which is kept nowhere. */
function secret(made) {
  const dialog = el("dialog", { "aria-labelledby": "secret-title" }, el("h2", { id: "secret-title" }, `The token '${made.token.name}'`), el("p", null, "Copy it now: it is not shown again."),
    el("p", null, el("code", { class: "secret" }, made.secret)), el("div", { class: "buttons" }, el("button", { type: "button", class: "primary", onclick: () => dialog.close() }, "I have it")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
