import { command, get } from "./api.js";
import { el, show } from "./dom.js";
import { mayOperate, notice, trouble } from "./parts.js";

export const title = () => "Submit a run";

const example = `name: my first run
labels: [negative, positive]
rounds: {count: 5}
agents: {min: 2}
training: {steps: 40, batch: 8}
`;

export async function open(root, _, signal) {
  if (!mayOperate()) {
    show(root, el("h1", { tabindex: -1 }, "Submit a run"), el("p", null, "Your token may only view. One of role operate submits runs."));
    return;
  }
  const text = el("textarea", { id: "spec", rows: 18, spellcheck: "false", "aria-describedby": "spec-hint", placeholder: "Paste a run spec here, or choose a file." });
  const problem = el("div");
  const models = el("p", { class: "hint" });
  const read = async file => {
    if (file.size > 1 << 20) return notice("The file is larger than a spec may be, 1 MiB.", true);
    text.value = await file.text();
    show(problem);
  };
  root.append(
    el("h1", { tabindex: -1 }, "Submit a run"),
    el("form", { class: "card", onsubmit: submit },
      el("div", { class: "field" }, el("label", { for: "file" }, "From a file"),
        el("input", { id: "file", type: "file", accept: ".yaml,.yml,.json", onchange: event => event.target.files[0] && read(event.target.files[0]) })),
      el("div", { class: "field" }, el("label", { for: "spec" }, "Run spec, YAML or JSON"), text,
        el("p", { class: "hint", id: "spec-hint" }, "It is checked as a whole; every mistake is told at once, and nothing is submitted then. All settings: docs/run-spec.md.")),
      problem,
      el("div", { class: "buttons" },
        el("button", { type: "button", onclick: () => { text.value = example; } }, "Begin with an example"),
        el("button", { type: "submit", class: "primary" }, "Submit")),
      // It comes when the page is in use: below the buttons it moves nothing.
      models));
  text.ondragover = event => event.preventDefault();
  text.ondrop = event => { event.preventDefault(); if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]); };
  get("/models", signal).then(known => {
    if (known.length) show(models, `Models that a spec can name: ${known.map(model => model.name ?? model.modelId ?? model).join(", ")}.`);
  }).catch(() => {});

  async function submit(event) {
    event.preventDefault();
    const go = event.submitter;
    go.disabled = true;
    try {
      const run = await command("POST", "/runs", text.value, "application/yaml");
      notice(`submitted '${run.summary.name}'`);
      location.hash = `#/runs/${run.summary.id}`;
    } catch (failure) {
      show(problem, trouble(failure));
    } finally {
      go.disabled = false;
    }
  }
}
