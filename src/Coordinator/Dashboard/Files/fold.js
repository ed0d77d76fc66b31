// A run as an onlooker sees it: a fold of its events, which may come twice. What counts for good is kept by a key, so that a repeat changes nothing.

const faults = new Set(["CoordinatorRecovered", "AgentRefused", "AgentLeft", "AgentQuarantined", "TaskDeclined", "TaskFailed", "TaskLost", "ResultRejected", "ResultLate", "RoundExtended", "RoundSkipped", "RunFailed", "RunIncomplete"]);
const mostLines = 400;

export const isFault = happened => faults.has(happened.kind);

export function emptyRun() {
  return { seen: 0, rounds: new Map(), agents: new Map(), log: [], elapsed: 0 };
}

export function take(run, envelope) {
  const happened = envelope.event;
  if (envelope.id) {
    if (envelope.id <= run.seen) return;
    run.seen = envelope.id;
  }
  run.elapsed = Math.max(run.elapsed, happened.elapsedMs);
  if (happened.round > 0 || happened.kind === "Evaluated") foldRound(run, happened);
  if (happened.agentId) foldAgent(run, happened);
  if (happened.kind !== "TaskProgressed") {
    run.log.push({ id: envelope.id, at: envelope.at, happened });
    if (run.log.length > mostLines) run.log.shift();
  }
}

function roundOf(run, number) {
  if (!run.rounds.has(number)) run.rounds.set(number, { number, results: new Map(), central: null });
  return run.rounds.get(number);
}

function foldRound(run, happened) {
  const round = roundOf(run, happened.round);
  if (happened.kind === "RoundOpened") round.opened = happened.elapsedMs;
  if (happened.kind === "RoundSkipped") {
    Object.assign(round, { skipped: happened.detail ?? "skipped", closed: happened.elapsedMs });
    for (const agent of run.agents.keys()) settle(run, agent, happened, "dropped");
  }
  if (happened.kind === "RoundCommitted") {
    Object.assign(round, { figures: happened.figures, closed: happened.elapsedMs });
    for (const agent of happened.figures?.late ?? []) settle(run, agent, happened, "late");
    for (const agent of happened.figures?.dropped ?? []) settle(run, agent, happened, "dropped");
    for (const { agentId } of happened.figures?.rejected ?? []) settle(run, agentId, happened, "refused");
  }
  if (happened.kind === "Evaluated") round.central = { accuracy: happened.globalAccuracy, loss: happened.globalLoss };
  if (happened.kind === "ResultAccepted") round.results.set(happened.agentId, {
    loss: happened.loss, local: happened.localAccuracy, global: happened.globalAccuracy, localLoss: happened.localLoss, globalLoss: happened.globalLoss, bytes: happened.bytes,
  });
}

/** How an agent's part in a round ended, where no event said so: the round's own figures do. */
function settle(run, name, happened, outcome) {
  const open = run.agents.get(name)?.spans.findLast(work => work.round === happened.round && work.end === null);
  if (open) Object.assign(open, { end: happened.elapsedMs, outcome });
}

function foldAgent(run, happened) {
  if (happened.kind === "Evaluated") return;
  const name = happened.agentId;
  if (!run.agents.has(name)) run.agents.set(name, { name, spans: [], faults: [], losses: [] });
  const agent = run.agents.get(name);
  const open = agent.spans.at(-1)?.end === null ? agent.spans.at(-1) : null;
  const end = outcome => { if (open && open.round === happened.round) Object.assign(open, { end: happened.elapsedMs, outcome }); };
  switch (happened.kind) {
    case "TaskOffered":
      if (open) Object.assign(open, { end: happened.elapsedMs, outcome: open.outcome ?? "again" });
      agent.spans.push({ round: happened.round, start: happened.elapsedMs, end: null, outcome: null });
      break;
    case "TaskProgressed":
      if (happened.loss !== undefined && happened.loss !== null) agent.losses.push({ round: happened.round, step: happened.step, loss: happened.loss });
      if (agent.losses.length > 200) agent.losses.shift();
      break;
    case "ResultAccepted": end("good"); break;
    case "ResultLate": end("late"); break;
    case "ResultRejected": end("refused"); break;
    case "TaskFailed": case "TaskDeclined": case "TaskLost": case "AgentLeft": end("dropped"); break;
  }
  if (isFault(happened) && (happened.detail || happened.code)) agent.faults.push({ at: happened.elapsedMs, kind: happened.kind, text: [happened.code, happened.detail].filter(Boolean).join(": ") });
  if (agent.faults.length > 50) agent.faults.shift();
}

/** Figures by round, for charts: x is the round. */
export function series(run) {
  const mean = values => {
    const known = values.filter(value => value !== null && value !== undefined);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
  return [...run.rounds.values()].sort((a, b) => a.number - b.number).map(round => {
    const results = [...round.results.values()];
    const local = mean(results.map(result => result.local));
    const global = mean(results.map(result => result.global));
    return {
      x: round.number,
      central: round.central?.accuracy ?? null, centralLoss: round.central?.loss ?? null,
      local, global, gap: local !== null && global !== null ? local - global : null,
      training: mean(results.map(result => result.loss)), localLoss: mean(results.map(result => result.localLoss)), globalLoss: mean(results.map(result => result.globalLoss)),
      used: round.figures?.divergenceUsed ?? null, fedIt: round.figures?.divergenceFedIt ?? null, bound: round.figures?.divergenceBound ?? null,
      stepUsed: round.figures?.stepDivergenceUsed ?? null, stepFedIt: round.figures?.stepDivergenceFedIt ?? null, stepBound: round.figures?.stepDivergenceBound ?? null,
      up: round.figures?.bytesUp ?? null, down: round.figures?.bytesDown ?? null, seconds: round.figures ? round.figures.milliseconds / 1000 : null,
      epsilon: round.figures?.epsilon ?? null,
    };
  });
}

const words = {
  CoordinatorStarted: "the coordinator has started", CoordinatorRecovered: "the coordinator is back and goes on", AgentJoined: "joined", AgentRefused: "may not take part", AgentLeft: "left",
  AgentQuarantined: "was shut out", RoundOpened: "opened", TaskOffered: "was offered a task", TaskAccepted: "took its task", TaskDeclined: "declined", TaskFailed: "failed", TaskLost: "dropped",
  ResultAccepted: "update accepted", ResultRejected: "update refused", ResultLate: "update too late", RoundFrozen: "inputs frozen", RoundExtended: "extended", RoundSkipped: "skipped",
  RoundCommitted: "committed", Evaluated: "measured", AgentMeasured: "measured the published adapter", RunCompleted: "the run is complete", RunIncomplete: "the run is over with rounds missing", RunFailed: "the run failed",
};

/** An event in a sentence. */
export function sentence(happened) {
  const where = [happened.round > 0 ? `round ${happened.round}` : null, happened.agentId].filter(Boolean).join(", ");
  const why = happened.kind === "TaskOffered" && happened.detail === "attempt 1" ? "" : [happened.code, happened.detail].filter(Boolean).join(": ");
  return `${where ? `${where}: ` : ""}${words[happened.kind] ?? happened.kind}${why ? `: ${why}` : ""}`;
}
