import { command, Mistake } from "./api.js";
import { el } from "./dom.js";
import { ahead, labels, moment, plural } from "./format.js";
import { action } from "./parts.js";

/** Tokens of operators, and what can be done to them. */
export function operatorTokenCard(tokens, again) {
  return el("section", { class: "card", "data-key": "tokens" },
    el("div", { class: "head" }, el("h2", null, "Operator tokens"), action("Create", () => ({
      title: "Create an operator token", text: "Its secret is shown once; the service keeps only a hash.", verb: "Create",
      fields: [{ name: "name", label: "Name", hint: "Letters, digits, '.', '_' and '-'." }, { name: "role", label: "Role", type: "select", options: ["View", "Operate"] }],
      act: async ({ name, role }) => { const made = await command("POST", "/tokens", { name, role }); showOnce(`The token '${made.token.name}'`, made.secret); await again(); },
    }))),
    el("ul", { class: "lines" }, tokens.map(token => el("li", { "data-key": token.name }, el("div", { class: "head" }, el("strong", null, token.name), el("span", { class: "soft" }, `${token.role.toLowerCase()}, since ${moment(token.createdAt)}`),
      action("Revoke", () => ({
        title: `Revoke the token '${token.name}'?`, text: "Whoever uses it is signed out at once.", verb: "Revoke", dangerous: true,
        act: async () => { await command("DELETE", `/tokens/${encodeURIComponent(token.name)}`); await again(); return `revoked '${token.name}'`; },
      }), "danger"))))));
}

/** Tokens with which devices become agents. */
export function agentTokenCard(tokens, again) {
  return el("section", { class: "card", "data-key": "agent-tokens" },
    el("div", { class: "head" }, el("h2", null, "Agent tokens"), action("Enrol a device", () => ({
      title: "Create an agent token", text: "With it a device becomes an agent, with a user of its own at the broker. It is shown once.", verb: "Create",
      fields: [
        { name: "agent", label: "Agent", hint: "The one agent that may use it; left out: any name that is free." },
        { name: "labels", label: "Labels", hint: "Of agents that enrol with it: key=value, separated by blanks." },
        { name: "minutes", label: "Minutes that it counts", type: "number", value: "15", hint: "1 … 43200, which are 30 days." },
        { name: "uses", label: "Devices that may use it", type: "number", value: "1", hint: "1 … 10000" }],
      act: async ({ agent, labels: given, minutes, uses }) => {
        const pairs = given.split(/[\s,]+/).filter(Boolean).map(word => word.split("="));
        const wrong = pairs.find(pair => pair.length !== 2 || !pair[0] || !pair[1]);
        if (wrong) throw new Mistake(`'${wrong.join("=")}' must be key=value`);
        const made = await command("POST", "/agent-tokens", {
          labels: Object.fromEntries(pairs), ...(agent ? { agent } : {}), ...(minutes === "" ? {} : { lifetimeSeconds: Math.round(60 * Number(minutes)) }), ...(uses === "" ? {} : { uses: Number(uses) }),
        });
        showAgentToken(made);
        await again();
      },
    }))),
    tokens.length === 0 ? el("p", { class: "empty" }, "None that still counts.") : el("ul", { class: "lines" }, tokens.map(token => el("li", { "data-key": token.id }, el("div", { class: "head" }, el("strong", null, token.agent ?? "any name"),
      el("span", { class: "soft" }, [`counts for ${ahead(token.expiresAt)}`, `${plural(token.usesLeft, "use")} left`, labels(token.labels), `made by ${token.by}`].filter(Boolean).join(", ")),
      action("Revoke", () => ({
        title: "Revoke this agent token?", text: "Agents that have enrolled with it stay.", verb: "Revoke", dangerous: true,
        act: async () => { await command("DELETE", `/agent-tokens/${encodeURIComponent(token.id)}`); await again(); return "revoked the agent token"; },
      }), "danger"))))));
}

/** Shows a new agent token as the command that uses it. */
export function showAgentToken({ token, secret }) {
  showOnce("On the device", `edgeflora agent enroll ${location.origin} --token ${secret}${token.agent ? ` --name ${token.agent}` : ""}`,
    `It counts for ${ahead(token.expiresAt)}. If the service made its certificate itself, add --fingerprint with what the coordinator printed at its start.`);
}

/** Shows a secret, which is kept nowhere. */
function showOnce(title, secret, hint) {
  const dialog = el("dialog", { "aria-labelledby": "secret-title" }, el("h2", { id: "secret-title" }, title), el("p", null, "Copy it now: it is not shown again."),
    el("p", null, el("code", { class: "secret" }, secret)), hint ? el("p", { class: "hint" }, hint) : null,
    el("div", { class: "buttons" }, el("button", { type: "button", class: "primary", onclick: () => dialog.close() }, "I have it")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
