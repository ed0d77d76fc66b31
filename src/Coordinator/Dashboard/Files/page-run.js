import { follow, get } from "./api.js";
import { heatMap, lineChart, timeLine } from "./charts.js";
import { el, poll, show } from "./dom.js";
import { ahead, bytes, figure, isOver, moment, percent, plural, shortId, span } from "./format.js";
import { emptyRun, isFault, sentence, series, take } from "./fold.js";
import { badge, tile, trouble } from "./parts.js";
import { measured, rounds, runActions, why } from "./runs.js";

export const title = () => "Run";

const mostRows = 24, mostColumns = 40;

export function open(root, [id], signal) {
  const run = emptyRun();
  let detail = null, ledger = null, failed = null, connected = true, drawn = 0, waiting = null, onlyFaults = false;

  const draw = () => {
    waiting = null;
    drawn = performance.now();
    if (signal.aborted) return;
    if (!detail) { if (failed) show(root, el("h1", { tabindex: -1 }, "Run"), trouble(failed)); return; }
    document.title = `${detail.summary.name} – EdgeFlora`;
    show(root, head(detail, connected, refresh), failed ? trouble(failed) : null, ...body(root.clientWidth, detail, run, ledger, onlyFaults, () => { onlyFaults = !onlyFaults; draw(); }));
  };
  // Twenty events a second are no reason to draw twenty times a second.
  const soon = () => { waiting ??= setTimeout(draw, Math.max(0, 400 - (performance.now() - drawn))); };
  const refresh = async () => {
    try {
      const before = detail?.summary.roundsCommitted;
      detail = await get(`/runs/${id}`, signal);
      failed = null;
      if (detail.summary.roundsCommitted !== before && detail.summary.roundsCommitted > 0) ledger = await get(`/runs/${id}/ledger`, signal);
    } catch (failure) {
      failed = signal.aborted ? null : failure;
    }
    soon();
  };
  signal.addEventListener("abort", () => clearTimeout(waiting));
  window.addEventListener("resize", soon, { signal });
  follow(`/runs/${id}/events`, envelope => { take(run, envelope); soon(); }, state => { connected = state; soon(); },
    async () => { await refresh(); return !detail || isOver(detail.summary.state); }, signal);
  return poll(async () => { if (!detail || !isOver(detail.summary.state)) await refresh(); }, 2500, signal);
}

function head(detail, connected, again) {
  const run = detail.summary;
  return el("section", { class: "top", "data-key": "head" },
    el("div", { class: "head" }, el("h1", { tabindex: -1 }, run.name), badge(run.state), isOver(run.state) ? null : connected ? el("span", { class: "live" }, "live") : badge("Silent", "reconnecting …")),
    el("p", { class: "lead" }, why(run) || (run.state === "Completed" ? "Every round has its model." : "")),
    detail.publishedReason ? el("p", { class: "soft" }, `Its adapter is that of round ${detail.publishedRound}: ${detail.publishedReason}.`) : null,
    el("p", { class: "soft" }, `${run.task === "lm" ? "Language model" : "Classification"} with ${run.model}, merged by ${run.strategy}; ${shortId(run.id)}`,
      detail.forkedFrom ? [", begun from round ", String(detail.forkedFrom.round), " of ", el("a", { href: `#/runs/${detail.forkedFrom.runId}` }, shortId(detail.forkedFrom.runId))] : null, run.note ? ` · ${run.note}` : ""),
    runActions(run, again, detail.rollouts));
}

function body(width, detail, run, ledger, onlyFaults, toggle) {
  const points = series(run);
  const trained = points.filter(point => point.x > 0);
  const last = [...points].reverse().find(point => point.central !== null || point.global !== null);
  const gap = [...points].reverse().find(point => point.gap !== null);
  const columns = width > 860 ? 2 : 1;
  const chart = Math.floor((width - (columns - 1) * 16) / columns) - 42;
  const wide = width - 42;
  const line = (name, tone, key, dashed, from = points) => ({ name, tone, dashed, values: from.map(point => ({ x: point.x, y: point[key] })) });
  const isLanguage = detail.summary.task === "lm";
  const sum = key => trained.reduce((total, point) => total + (point[key] ?? 0), 0);
  const epsilon = trained.some(point => point.epsilon !== null);
  return [
    el("div", { class: "tiles", "data-key": "tiles" },
      tile("Rounds", rounds(detail.summary), detail.summary.startedAt ? `begun ${moment(detail.summary.startedAt)}` : "not begun"),
      tile(isLanguage ? "Held-out loss" : "Accuracy", last?.central !== null && last?.central !== undefined ? percent(last.central) : last?.global !== null && last?.global !== undefined ? percent(last.global) : measured(detail.summary),
        last?.central !== null && last?.central !== undefined ? "of the global model, central test set" : "of the global model, at the agents"),
      tile("Local − global", gap ? `${(100 * gap.gap).toFixed(1)} points` : "–", "mean over agents, last round"),
      tile("Agents", detail.participants.length, "took part"),
      tile("Moved", `${bytes(sum("up"))} up`, `${bytes(sum("down"))} down`),
      epsilon ? tile("ε spent", figure(trained.at(-1).epsilon), "so far") : null),
    current(detail.current),
    rollouts(detail.rollouts),
    el("div", { class: "charts", "data-key": "charts" },
      isLanguage ? null : lineChart({ title: "Accuracy", note: "The global model on the central test set and, mean over agents, on their own held-out data; beside it each agent's own model.", width: chart, format: percent,
        lines: [line("global, central", "s1", "central"), line("global, at agents", "s2", "global", true), line("local", "s3", "local")] }),
      isLanguage ? null : lineChart({ title: "Gap local − global", note: "How much better agents' own models are on their own data, in points.", width: chart, zero: true, format: value => `${(100 * value).toFixed(1)}`, lines: [line("gap", "s3", "gap")] }),
      lineChart({ title: "Loss", note: "Nats: in training, and held out.", width: chart, lines: [line("training", "s5", "training"), line("local", "s3", "localLoss"), line("global, at agents", "s2", "globalLoss", true), line("global, central", "s1", "centralLoss")] }),
      lineChart({ title: "Merge error", note: "Relative distance to the ideal update: what was used, what averaging factors (FedIT) would have had, and the bound of this rank.", width: chart, lines: [line("used", "s1", "used", false, trained), line("FedIT", "s3", "fedIt", false, trained), line("bound", "s5", "bound", true, trained)] }),
      lineChart({ title: "Merge error of the step", note: "The same relative to the round's own step, which later rounds make short beside the whole update.", width: chart, lines: [line("used", "s1", "stepUsed", false, trained), line("FedIT", "s3", "stepFedIt", false, trained), line("bound", "s5", "stepBound", true, trained)] }),
      lineChart({ title: "Bytes", note: "Per round: updates of the agents, and adapters to them.", width: chart, zero: true, format: bytes, lines: [line("up", "s2", "up", false, trained), line("down", "s4", "down", true, trained)] }),
      lineChart({ title: "Time of a round", note: "Seconds from opening to commit.", width: chart, zero: true, lines: [line("seconds", "s4", "seconds", false, trained)] })),
    layers(ledger, wide),
    timeLine({ title: "Time line", note: "Who was at work when. Point at a bar or a dot for what happened.", width: wide, agents: [...run.agents.values()], elapsed: run.elapsed }),
    agentMeasures(detail.finalMeasures),
    roundTable(detail.rounds, detail.publishedRound),
    log(run, onlyFaults, toggle),
    settings(detail),
  ];
}

function current(round) {
  if (!round || round.status === "Committed" || round.status === "Skipped") return null;
  return el("section", { class: "card", "data-key": "current" },
    el("div", { class: "head" }, el("h2", null, `Round ${round.round}`), badge(round.status), round.goal > 0 ? el("span", { class: "soft" }, `${round.results} of ${plural(round.goal, "result")}${round.hardDeadline ? `, deadline in ${ahead(round.hardDeadline)}` : ""}`) : null),
    round.tasks.length === 0 ? null : el("ul", { class: "tasks" }, round.tasks.slice(0, 60).map(task => el("li", { "data-key": task.agentId },
      el("a", { href: `#/agents/${encodeURIComponent(task.agentId)}` }, task.agentId),
      task.atWork && task.total ? el("progress", { max: task.total, value: task.step, "aria-label": `${task.agentId}, steps` }) : badge(task.state, task.state === "Accepted" ? "at work" : task.state.toLowerCase()),
      task.sentence === "at work" ? null : el("span", { class: "soft" }, task.sentence)))),
    round.tasks.length > 60 ? el("p", { class: "soft" }, `and ${round.tasks.length - 60} more`) : null);
}

function rollouts(all) {
  if (!all?.length) return null;
  const group = (name, { tasks, failed, refused, lossRatio }) => el("tr", null, el("th", { scope: "row" }, name), [tasks, failed, refused, lossRatio === undefined ? "–" : lossRatio.toFixed(3)].map(value => el("td", { class: "number" }, String(value))));
  return el("section", { class: "card", "data-key": "rollouts" }, el("h2", null, "Rollouts"), [...all].reverse().map(rollout => el("div", { "data-key": `rollout-${rollout.number}` },
    el("div", { class: "head" }, el("h3", null, rollout.set.join(", ")), badge(rollout.state, rollout.state === "UnderWay" ? "under way" : rollout.state.toLowerCase())),
    el("p", { class: "soft" }, `First ${rollout.agents.slice(0, 10).join(", ")}${rollout.agents.length > 10 ? ` and ${rollout.agents.length - 10} more` : ""}, from round ${rollout.fromRound} on; measured ${rollout.measured} of ${plural(rollout.rounds, "round")}${rollout.reason ? `: ${rollout.reason}` : ""}`),
    el("table", null, el("thead", null, el("tr", null, ["With the change", "Tasks", "Failed", "Refused", "Loss after / before"].map(name => el("th", { scope: "col" }, name)))), el("tbody", null, group("first", rollout.first), group("others", rollout.others))))));
}

function layers(ledger, width) {
  const merged = (ledger?.rounds ?? []).filter(round => round.modules?.length).map(round => ({ round: round.round, modules: round.modules }));
  if (merged.length === 0) return null;
  const names = merged.at(-1).modules.map(module => module.Name); // the ledger keeps reports as they were made, names and all
  const layerOf = name => names.length <= mostRows ? name : name.match(/^(.*?\.\d+)(\.|$)/)?.[1] ?? name;
  const rows = [...new Set(names.map(layerOf))].slice(0, 3 * mostRows);
  const shown = merged.slice(-mostColumns);
  const worst = new Map();
  for (const { round, modules } of shown) for (const module of modules) {
    const key = `${round}|${layerOf(module.Name)}`;
    worst.set(key, Math.max(worst.get(key) ?? 0, module.ErrUsed));
  }
  return heatMap({ title: "Merge error by layer and round", note: names.length <= mostRows ? "Relative distance of the merged update to the ideal one." : "The worst module of each layer.", width, rows, columns: shown.map(one => one.round), value: (row, column) => worst.get(`${column}|${row}`) ?? null, rowName: "layers", columnName: "round" });
}

function agentMeasures(measures) {
  if (!measures) return null;
  const shown = (accuracy, loss) => accuracy !== undefined ? percent(accuracy) : loss !== undefined ? `loss ${figure(loss)}` : "–";
  const spread = measures.accuracy ?? measures.loss, written = value => measures.accuracy ? percent(value) : figure(value);
  const heads = ["Agent", "Held out", "Published", "Its own", "Why"];
  return el("section", { class: "card", "data-key": "measures" }, el("h2", null, "At the agents"),
    el("p", { class: "soft" }, `The adapter of round ${measures.round}, measured by each agent on what it held back.`,
      spread ? ` Mean ${written(spread.mean)}, deviation ${written(spread.deviation)}; worst ${written(spread.worst)} at ${spread.worstAgent}.` : "",
      measures.macroF1 !== undefined ? ` Macro-F1 ${figure(measures.macroF1)} over all agents' labels.` : "",
      measures.keepOwn.length ? ` ${plural(measures.keepOwn.length, "agent")} keep their own adapter, which does better there: ${measures.keepOwn.join(", ")}.` : ""),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "At the agents" }, el("table", null,
      el("thead", null, el("tr", null, heads.map(head => el("th", { scope: "col" }, head)))),
      el("tbody", null, measures.agents.slice(0, 200).map(agent => el("tr", { "data-key": `measure-${agent.agentId}` },
        el("th", { scope: "row" }, agent.agentId), el("td", null, agent.missing ? "–" : agent.examples), el("td", null, shown(agent.accuracy, agent.loss)),
        el("td", null, agent.keepsOwn ? shown(agent.ownAccuracy, agent.ownLoss) : "–"), el("td", { class: "wide" }, agent.missing ? `not measured: ${agent.missing}` : ""))))))
    , measures.labels.length ? el("p", { class: "soft" }, `Recall: ${measures.labels.slice(0, 60).map(label => `${label.label} ${label.recall !== undefined ? percent(label.recall) : "–"}`).join(", ")}`) : null);
}

function roundTable(list, published) {
  if (list.length === 0) return null;
  const heads = ["Round", "Status", "Accepted", "Dropped", "Late", "Refused", "Measured", "Why"];
  return el("section", { class: "card", "data-key": "rounds" }, el("h2", null, "Rounds"), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Rounds" }, el("table", null,
    el("thead", null, el("tr", null, heads.map(head => el("th", { scope: "col" }, head)))),
    el("tbody", null, list.slice(-50).reverse().map(round => {
      const figures = round.figures, test = round.measurements[0];
      const refused = figures?.rejected.map(one => `${one.agentId}: ${one.reason}`).join("; ");
      return el("tr", { "data-key": `round-${round.round}` }, el("th", { scope: "row" }, round.round), el("td", null, badge(round.status)), el("td", null, figures ? `${figures.accepted.length} of ${figures.offered}` : "–"),
        el("td", null, figures?.dropped.join(", ") || "–"), el("td", null, figures?.late.join(", ") || "–"), el("td", null, figures?.rejected.map(one => one.agentId).join(", ") || "–"),
        el("td", null, test ? test.accuracy !== undefined ? percent(test.accuracy) : `loss ${figure(test.loss)}` : "–"), el("td", { class: "wide" }, round.reason ?? refused ?? (round.round === published ? "published" : "")));
    })))));
}

function log(run, onlyFaults, toggle) {
  const lines = run.log.filter(line => !onlyFaults || isFault(line.happened)).slice(-200).reverse();
  return el("section", { class: "card", "data-key": "log" },
    el("div", { class: "head" }, el("h2", null, "Log"), el("button", { type: "button", "aria-pressed": String(onlyFaults), onclick: toggle }, "Only faults")),
    lines.length === 0 ? el("p", { class: "empty" }, onlyFaults ? "No fault so far." : "Nothing has happened yet.") : el("ol", { class: "log", tabindex: 0, role: "log", "aria-live": "off", "aria-label": "Log, newest first" }, lines.map(line =>
      el("li", { "data-key": `event-${line.id}`, class: isFault(line.happened) ? "fault" : null }, el("time", { datetime: line.at }, span(line.happened.elapsedMs / 1000)), el("span", null, sentence(line.happened))))));
}

function settings(detail) {
  return el("details", { class: "card", "data-key": "settings" }, el("summary", null, "Settings and history"),
    el("ul", { class: "lines" }, detail.history.map(change => el("li", null, `${moment(change.at)}: ${change.state}${change.by ? ` by ${change.by}` : ""}${change.reason ? `: ${change.reason}` : ""}`))),
    el("pre", null, JSON.stringify(detail.spec, null, 2)));
}
