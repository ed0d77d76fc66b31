import { el, show } from "./dom.js";
import { command, Mistake, Problem, Unreachable } from "./api.js";

/** What the whole page shares: who is signed in. */
export const session = { role: null, name: null, open: false };

export const mayOperate = () => session.role === "Operate";

const tones = {
  Running: "good", Completed: "good", Online: "good", Active: "good", Committed: "good", Open: "good", Done: "good",
  Queued: "calm", Planned: "calm", Aggregating: "good", Offered: "calm", Accepted: "good", Notice: "calm",
  Paused: "warn", Incomplete: "warn", Silent: "warn", Draining: "warn", Skipped: "warn", Late: "warn", Warning: "warn", Lost: "warn", Declined: "warn",
  Failed: "bad", Quarantined: "bad", Revoked: "bad", Rejected: "bad", Critical: "bad",
};

/** A state in a word, with a colour and a shape that tell the same. */
export const badge = (state, words) => el("span", { class: `badge ${tones[state] ?? "calm"}` }, words ?? state);

export const tile = (name, value, beside) => el("div", { class: "tile" }, el("div", { class: "name" }, name), el("div", { class: "figure" }, value), beside ? el("div", { class: "beside" }, beside) : null);

export const button = (text, act, kind) => el("button", { type: "button", class: kind, onclick: act }, text);

export function notice(text, isBad = false) {
  const place = document.getElementById("notice");
  place.textContent = text;
  place.className = isBad ? "bad" : "";
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { place.textContent = ""; place.className = ""; }, isBad ? 12_000 : 6_000);
}

/** What went wrong, and what to do. */
export function trouble(failure) {
  const mistakes = (failure.errors ?? []).filter(mistake => mistake.row || mistake.sentence !== failure.message);
  return el("div", { class: "trouble", role: "alert" },
    el("p", null, [Mistake, Problem, Unreachable].some(kind => failure instanceof kind) ? failure.message : `This page failed: ${failure.message}`),
    failure.fix ? el("p", null, failure.fix) : null,
    mistakes.length ? el("ul", null, mistakes.map(mistake => el("li", null, mistake.row ? el("strong", null, `line ${mistake.row}: `) : null, mistake.sentence))) : null);
}

/**
 * Asks before anything is done. fields: [{ name, label, value, hint, type }]; act gets what was typed, and tell, which shows how far it has come.
 * Stays open, with the reason, if the service refuses.
 */
export function confirm({ title, text, fields = [], verb, dangerous, act }) {
  const problem = el("div");
  const inputs = fields.map(field => [field.name, field.type === "text-area"
    ? el("textarea", { id: `field-${field.name}`, rows: 4, spellcheck: "false", "aria-describedby": field.hint ? `hint-${field.name}` : null }, field.value ?? "")
    : field.type === "folder" ? el("input", { id: `field-${field.name}`, type: "file", webkitdirectory: true, "aria-describedby": field.hint ? `hint-${field.name}` : null })
    : field.type === "select" ? el("select", { id: `field-${field.name}` }, field.options.map(option => el("option", { value: option }, option)))
    : el("input", { id: `field-${field.name}`, type: field.type ?? "text", value: field.value ?? "", autocomplete: "off", "aria-describedby": field.hint ? `hint-${field.name}` : null })]);
  const go = el("button", { type: "submit", class: dangerous ? "danger" : "primary" }, verb);
  const form = el("form", { onsubmit: submit },
    el("h2", { id: "dialog-title" }, title), text ? el("p", null, text) : null,
    fields.map((field, index) => el("div", { class: "field" }, el("label", { for: `field-${field.name}` }, field.label), inputs[index][1], field.hint ? el("p", { class: "hint", id: `hint-${field.name}` }, field.hint) : null)),
    problem,
    el("div", { class: "buttons" }, button("Back", () => dialog.close()), go));
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  (inputs[0]?.[1] ?? go).focus();

  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    try {
      const typed = inputs.map(([name, input]) => [name, input.type === "file" ? [...input.files] : input.value.trim()]);
      const said = await act(Object.fromEntries(typed), text => show(problem, el("p", { class: "soft", role: "status" }, text)));
      dialog.close();
      if (said) notice(said);
    } catch (failure) {
      show(problem, trouble(failure));
      go.disabled = false;
    }
  }
}

/** A button for a command, which is asked about first; nothing for those who may only look. */
export function action(text, question, kind) {
  return mayOperate() ? button(text, () => confirm(question()), kind) : null;
}

export const reasonField = { name: "reason", label: "Reason", hint: "For the history; may be left out." };

/** A command with a reason. */
export const post = (path, reason) => command("POST", path, reason ? { reason } : undefined);
