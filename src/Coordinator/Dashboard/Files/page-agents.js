import { all } from "./api.js";
import { el, poll, show } from "./dom.js";
import { ago, labels, version } from "./format.js";
import { badge, trouble } from "./parts.js";
import { pagedTable, tableState } from "./table.js";

export const title = () => "Agents";

const presences = { Online: "Online", Silent: "Silent", Left: "Left", NeverSeen: "Never seen" };

const columns = [
  { name: "Name", text: agent => agent.name, cell: agent => el("a", { href: `#/agents/${encodeURIComponent(agent.name)}` }, agent.name) },
  { name: "State", text: agent => `${agent.presence} ${agent.standing}`, cell: agent => el("span", { class: "badges" }, badge(agent.presence, presences[agent.presence]), agent.standing === "Active" ? null : badge(agent.standing)) },
  { name: "What it does, or why not", text: agent => agent.sentence ?? "", kind: "wide" },
  { name: "Labels", text: agent => labels(agent.labels) },
  { name: "Examples", text: agent => agent.examples === undefined ? "–" : agent.examples.toLocaleString(), sort: agent => agent.examples, kind: "number" },
  { name: "Device", text: agent => agent.device ?? agent.platform, kind: "text" },
  { name: "Version", text: agent => version(agent.version) },
  { name: "Heard", text: agent => ago(agent.lastHeardAt), sort: agent => agent.lastHeardAt },
];

export function open(root, _, signal) {
  const state = tableState("agents", "Name");
  let agents = null;
  const count = (what, test, words = what) => state.filter !== what && !agents.some(test) ? null : el("button", { type: "button", "aria-pressed": String(state.filter === what), onclick: () => { state.filter = state.filter === what ? "" : what; state.page = 0; draw(true); } }, `${words.toLowerCase()} ${agents.filter(test).length}`);
  const draw = typed => {
    show(root, el("h1", { tabindex: -1 }, "Agents"),
      agents && el("div", { class: "tools", "data-key": "counts" },
        ["Online", "Silent", "Left", "NeverSeen"].map(presence => count(presence, agent => agent.presence === presence, presences[presence])),
        ["Draining", "Quarantined", "Revoked"].map(standing => count(standing, agent => agent.standing === standing))),
      agents && pagedTable({ key: "agents", caption: "Agents", rows: agents, columns, state, again: draw, rowKey: agent => agent.name, empty: "No agent has joined yet. Start one: edgeflora agent --name NAME --data FILE, or create one with edgeflora agents." }));
    if (typed === true) root.querySelector("input[type=search]").value = state.filter;
  };
  return poll(async () => {
    try {
      agents = await all("/agents", signal);
      draw(root.querySelector("input[type=search]") === null);
    } catch (failure) {
      if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, "Agents"), trouble(failure));
    }
  }, 5000, signal);
}
