import { el } from "./dom.js";
import { command, download, Mistake } from "./api.js";
import { action, badge, button, notice, post, reasonField } from "./parts.js";
import { isOver, moment, percent, figure, plural } from "./format.js";

// What can be done to a run, wherever it is shown.

export const why = run => run.waiting?.sentence ?? run.reason ?? "";

export const rounds = run => `${run.roundsCommitted} of ${run.rounds}${run.roundsSkipped ? `, ${run.roundsSkipped} skipped` : ""}`;

export const measured = run => run.accuracy !== undefined ? percent(run.accuracy) : run.loss !== undefined ? `loss ${figure(run.loss)}` : "–";

export function runActions(run, again, rollouts = []) {
  const path = `/runs/${run.id}`, name = `'${run.name}'`;
  const done = said => async () => { await again(); return said; };
  const over = isOver(run.state);
  return el("div", { class: "buttons" },
    run.roundsCommitted > 0 ? button("Export adapter", () => download(`${path}/adapter`, `${run.name}-${run.id}.zip`).catch(failure => notice(failure.message, true))) : null,
    !over && run.state !== "Paused" ? action("Pause", () => ({
      title: `Pause ${name}?`, text: "Work under way is finished and counts; nothing new is offered until it is resumed.", fields: [reasonField], verb: "Pause",
      act: async ({ reason }) => { await post(`${path}/pause`, reason); return done(`${name} is paused`)(); },
    })) : null,
    run.state === "Paused" ? action("Resume", () => resumeQuestion(run, path, done(`${name} goes on`)), "primary") : null,
    !over ? action("Change", () => changeQuestion(run, path, again)) : null,
    !over ? rollout(run, rollouts.at(-1), path, done) : null,
    run.roundsCommitted > 0 ? action("Fork", () => ({
      title: `Fork ${name}`, text: "Submits a new run that begins from a committed model of this one.", verb: "Submit the fork",
      fields: [
        { name: "round", label: "From round", type: "number", hint: "Left out: the newest committed one." },
        { name: "set", label: "Settings that differ", type: "text-area", hint: "One a line, such as rounds.count=5" }],
      act: async ({ round, set }) => {
        const forked = await command("POST", `${path}/fork`, { ...(round ? { fromRound: Number(round) } : {}), set: set.split("\n").map(line => line.trim()).filter(Boolean) });
        location.hash = `#/runs/${forked.summary.id}`;
        return `submitted ${forked.summary.id}`;
      },
    })) : null,
    run.roundsCommitted > 0 ? action("Verify", () => ({
      title: `Merge rounds of ${name} again?`, text: "From the results that are kept (retention.results); the bytes are compared with the ledger. It takes as long as the merges did.", verb: "Verify",
      fields: [{ name: "round", label: "Round", type: "number", hint: "Left out: all whose results are kept, the newest first." }],
      act: ({ round }, tell) => verify(path, round, tell),
    })) : null,
    !over ? action("Cancel", () => ({
      title: `Cancel ${name}?`, text: "Ends the run for good; agents are told to stop. Committed models remain.", fields: [reasonField], verb: "Cancel the run", dangerous: true,
      act: async ({ reason }) => { await post(`${path}/cancel`, reason); return done(`${name} is cancelled`)(); },
    }), "danger") : null,
    over ? action("Delete", () => ({
      title: `Delete ${name}?`, text: "Forgets the run with its rounds, events and models. This cannot be undone.", verb: "Delete the run", dangerous: true,
      act: async () => { await command("DELETE", path); location.hash = "#/runs"; return `deleted ${name}`; },
    }), "danger") : null);
}

async function verify(path, only, tell) {
  const wrong = [];
  let count = 0;
  for (let next = only; next !== undefined && next !== null;) {
    const verified = await command("POST", `${path}/verify${next === "" ? "" : `?round=${encodeURIComponent(next)}`}`);
    count++;
    if (verified.problem) wrong.push(`round ${verified.round}: ${verified.problem}`);
    tell(`round ${verified.round}: ${verified.problem ?? `${verified.results} results merged again, the same bytes came of it`}`);
    next = only === "" ? verified.earlier : null;
  }
  if (wrong.length) throw new Mistake(`Not verified: ${wrong.join("; ")}`);
  return `${plural(count, "round")} merged again: the same bytes came of it`;
}

function rollout(run, last, path, done) {
  if (last?.state === "UnderWay") {
    return action("End rollout", () => ({
      title: `End the rollout of ${last.set.join(", ")}?`, text: "All agents get the change, or nobody keeps it.", verb: "End it",
      fields: [{ name: "finish", label: "What becomes of it", type: "select", options: ["nobody keeps it", "all agents get it"] }, reasonField],
      act: async ({ finish, reason }) => { await command("POST", `${path}/rollouts/end`, { finish: finish === "all agents get it", ...(reason ? { reason } : {}) }); return done("the rollout has ended")(); },
    }));
  }
  return action("Roll out", () => ({
    title: `Roll a change out on '${run.name}'`, text: "A share of the agents trains with it first. Measured against the others, it is given to all or withdrawn.", verb: "Begin",
    fields: [
      { name: "set", label: "Settings that change", type: "text-area", hint: "One a line, such as training.learningRate=0.001" },
      { name: "share", label: "Share of the agents", hint: "Above 0, up to 0.5; left out: 0.2" },
      { name: "rounds", label: "Rounds to measure", type: "number", hint: "1 … 100; left out: 3" },
      { name: "margin", label: "How much worse they may do", hint: "0 … 1; left out: 0.05" }],
    act: async ({ set, ...numbers }) => {
      const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== "").map(([name, value]) => [name, Number(value)]));
      await command("POST", `${path}/rollouts`, { set: set.split("\n").map(line => line.trim()).filter(Boolean), ...given });
      return done("the rollout is under way")();
    },
  }));
}

function resumeQuestion(run, path, done) {
  const spent = { name: "spent", label: "Rounds that ended after the backup", type: "number", hint: "They count as spent of its privacy budget; one that was being merged counts." };
  return {
    title: `Resume '${run.name}'?`, text: run.spentUnknown ? why(run) : "It goes on where it was held.", fields: run.spentUnknown ? [spent] : [], verb: "Resume",
    act: async typed => {
      await (run.spentUnknown ? command("POST", `${path}/resume`, typed.spent === "" ? undefined : { spentRounds: Number(typed.spent) }) : post(`${path}/resume`));
      return done();
    },
  };
}

function changeQuestion(run, path, again) {
  const numbers = ["rounds", "minAgents", "agentsPerRound", "quorum", "priority"];
  return {
    title: `Change '${run.name}'`, text: "Fields that are left out stay as they are. What else a spec says cannot change under way: fork the run for that.", verb: "Change",
    fields: [
      { name: "rounds", label: "Rounds in all", type: "number", hint: `Now ${run.rounds}.` },
      { name: "minAgents", label: "Agents a round waits for", type: "number" },
      { name: "agentsPerRound", label: "Results wanted per round", type: "number", hint: "0: from every agent that is there." },
      { name: "quorum", label: "Quorum", hint: "A share above 0, up to 1." },
      { name: "softDeadline", label: "Soft deadline", hint: "From here on a quorum is enough: 90s, 15m, 2h." },
      { name: "hardDeadline", label: "Hard deadline", hint: "The end of a round, whatever has come in." },
      { name: "priority", label: "Priority", type: "number", hint: `Higher goes first; now ${run.priority}.` },
      { name: "note", label: "Note" }],
    act: async typed => {
      const change = Object.fromEntries(Object.entries(typed).filter(([, text]) => text !== "").map(([name, text]) => [name, numbers.includes(name) ? Number(text) : text]));
      if (Object.keys(change).length === 0) throw new Mistake("nothing was typed to change");
      await command("PATCH", path, change);
      await again();
      return `'${run.name}' is changed`;
    },
  };
}

/** Columns of a list of runs. */
export const runColumns = [
  { name: "Name", text: run => run.name, cell: run => el("a", { href: `#/runs/${run.id}` }, run.name) },
  { name: "State", text: run => run.state, cell: run => badge(run.state) },
  { name: "Rounds", text: rounds, sort: run => run.roundsCommitted },
  { name: "Measured", text: measured, sort: run => run.accuracy ?? -run.loss, kind: "number" },
  { name: "Why", text: why, kind: "wide" },
  { name: "Priority", text: run => String(run.priority), sort: run => run.priority, kind: "number" },
  { name: "Submitted", text: run => moment(run.submittedAt), sort: run => run.submittedAt },
];

