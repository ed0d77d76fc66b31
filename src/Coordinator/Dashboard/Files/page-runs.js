import { all } from "./api.js";
import { el, poll, show } from "./dom.js";
import { shortId } from "./format.js";
import { mayOperate, trouble } from "./parts.js";
import { runColumns } from "./runs.js";
import { pagedTable, tableState } from "./table.js";

export const title = () => "Runs";

export function open(root, _, signal) {
  const state = tableState("runs", "Submitted");
  if (state.down === false && state.page === 0 && state.filter === "") state.down = true; // newest first
  let runs = null;
  let chosen = ["", ""];
  const draw = () => show(root,
    el("div", { class: "head" }, el("h1", { tabindex: -1 }, "Runs"), mayOperate() ? el("a", { class: "button primary", href: "#/runs/new" }, "Submit a run") : null),
    runs && pagedTable({ key: "runs", caption: "Runs", rows: runs, columns: runColumns, state, again: draw, rowKey: run => run.id, empty: "No runs yet. Submit one from a file, or with edgeflora runs submit SPEC." }),
    runs && runs.length > 1 ? el("section", { class: "card", "data-key": "compare" }, el("h2", null, "Compare two runs"), el("div", { class: "tools" },
      [0, 1].map(place => el("label", null, place === 0 ? "First " : "Second ", el("select", { onchange: event => { chosen[place] = event.target.value; draw(); } },
        el("option", { value: "" }, "choose a run"), runs.slice(0, 200).map(run => el("option", { value: run.id }, `${run.name} · ${shortId(run.id)}`))))),
      chosen[0] && chosen[1] ? el("a", { class: "button", href: `#/compare/${chosen[0]}/${chosen[1]}` }, "Compare") : el("span", { class: "soft" }, "Choose both."))) : null);
  return poll(async () => {
    try {
      runs = await all("/runs", signal);
      draw();
    } catch (failure) {
      if (!signal.aborted) show(root, el("h1", { tabindex: -1 }, "Runs"), trouble(failure));
    }
  }, 5000, signal);
}
