import { command, Mistake } from "./api.js";
import { el } from "./dom.js";
import { action, post, reasonField } from "./parts.js";
import { showAgentToken } from "./tokens.js";

// What can be done to an agent, wherever it is shown.

export function agentActions(agent, enrolledAt, again) {
  const path = `/agents/${encodeURIComponent(agent.name)}`;
  const stand = (verb, said) => async ({ reason } = {}) => { await post(`${path}/${verb}`, reason); await again(); return `${agent.name} ${said}`; };
  const active = agent.standing === "Active";
  return el("div", { class: "buttons" },
    agent.standing === "Revoked" ? null : action("Label", () => ({
      title: `Labels of ${agent.name}`, text: "Runs choose agents by labels. Changes count from now on.", verb: "Set labels",
      fields: [{ name: "labels", label: "Changes", hint: "key=value sets a label, key- takes it away; separated by blanks." }],
      act: async ({ labels }) => {
        const change = { set: {}, remove: [] };
        for (const word of labels.split(/[\s,]+/).filter(Boolean)) {
          const [key, value, more] = word.split("=");
          if (key && value && more === undefined) change.set[key] = value;
          else if (value === undefined && key.length > 1 && key.endsWith("-")) change.remove.push(key.slice(0, -1));
          else throw new Mistake(`'${word}' must be key=value, or key- to take a label away`);
        }
        await command("PATCH", `${path}/labels`, change);
        await again();
        return `labels of ${agent.name} are changed`;
      },
    })),
    active ? action("Drain", () => ({ title: `Drain ${agent.name}?`, text: "It finishes what it has and gets nothing new, until it is released.", fields: [reasonField], verb: "Drain", act: stand("drain", "is drained") })) : null,
    active || agent.standing === "Draining" ? action("Quarantine", () => ({ title: `Quarantine ${agent.name}?`, text: "Its tasks are given up and what it sends is refused, in all runs, until it is released.", fields: [reasonField], verb: "Quarantine", dangerous: true, act: stand("quarantine", "is quarantined") }), "danger") : null,
    agent.standing === "Draining" || agent.standing === "Quarantined" ? action("Release", () => ({ title: `Release ${agent.name}?`, text: "It gets work again; strikes against it are forgotten.", verb: "Release", act: stand("release", "is released") }), "primary") : null,
    enrolledAt && agent.standing !== "Revoked" ? action("New password", () => ({
      title: `Give ${agent.name} another password?`, text: "At the broker. The old one counts until it has the new one.", verb: "Give",
      fields: [{ name: "way", label: "How", type: "select", options: ["the agent changes it by itself", "by hand, with a command on the device"] }],
      act: async ({ way }) => {
        if (way.startsWith("by hand")) return showAgentToken(await command("POST", `${path}/rotate`));
        const asked = await command("POST", `${path}/renew`);
        await again();
        return asked.summary.presence === "Online" ? `${agent.name} is asked to change its password` : `${agent.name} is not there; it is asked when it comes`;
      },
    })) : null,
    agent.standing === "Revoked" ? null : action("Revoke", () => ({ title: `Revoke ${agent.name}?`, text: "Ends its membership of the fleet; it has to join anew.", fields: [reasonField], verb: "Revoke", dangerous: true, act: stand("revoke", "is revoked") }), "danger"));
}
