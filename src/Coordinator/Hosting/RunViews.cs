using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using RoundState = EdgeFlora.Protocol.Rounds.RoundState;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Runs as operators see them.</summary>
internal static class RunViews
{
    public static RunSummary Summary(RunEntry entry, Serving parts)
    {
        (IReadOnlyList<(int Round, RoundState State)> rounds, ResultMetrics? measured) = parts.Store.Read(
            entry.Id.ToString(), reader => (reader.Rounds().ToArray(), reader.Evaluations().LastOrDefault().Metrics));
        return new RunSummary
        {
            Id = entry.Id,
            Name = entry.Name,
            State = entry.State,
            Reason = entry.Reason,
            Waiting = entry.IsOver ? null : Waiting(entry, parts),
            Task = entry.Options.Task == LearningTask.LanguageModel ? "lm" : "classification",
            Model = entry.Base?.ModelId ?? entry.Options.BaseModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(entry.ModelFolder)),
            Strategy = entry.Options.Aggregation.Strategy,
            RoundsCommitted = rounds.Count(round => round.State == RoundState.Committed),
            RoundsSkipped = rounds.Count(round => round.State == RoundState.Skipped),
            Rounds = entry.Options.Rounds.Count,
            Priority = entry.Priority,
            Note = entry.Note,
            SubmittedAt = entry.SubmittedAt,
            StartedAt = entry.StartedAt,
            EndedAt = entry.EndedAt,
            Accuracy = measured?.GlobalAccuracy,
            Loss = measured?.GlobalLoss,
        };
    }

    public static RunDetail Detail(RunEntry entry, Serving parts)
    {
        (StoredModel[] models, (int Round, RoundState State)[] rounds, (int Round, string Agent, int Examples, ResultMetrics Metrics)[] measured) = parts.Store.Read(
            entry.Id.ToString(), reader => (reader.Models().ToArray(), reader.Rounds().ToArray(), reader.Evaluations().ToArray()));
        RunEvent[] events = [.. parts.Store.Read(entry.Id.ToString(), reader => reader.Events().Where(happened => happened.Kind is RunEventKind.RoundSkipped).ToArray())];
        RoundFigures[] figures = [.. models.Select(model => model.Figures).OfType<RoundFigures>()];
        return new RunDetail
        {
            Summary = Summary(entry, parts),
            Spec = entry.Spec,
            Rounds =
            [
                .. rounds.Select(round => new RoundSummary
                {
                    Round = round.Round,
                    Status = round.State switch
                    {
                        RoundState.Planned => RoundStatus.Planned,
                        RoundState.Offering or RoundState.Collecting => RoundStatus.Open,
                        RoundState.Frozen or RoundState.Aggregating => RoundStatus.Aggregating,
                        RoundState.Committed => RoundStatus.Committed,
                        _ => RoundStatus.Skipped,
                    },
                    Reason = events.LastOrDefault(happened => happened.Round == round.Round)?.Detail,
                    Figures = models.FirstOrDefault(model => model.Round == round.Round)?.Figures,
                    Measurements =
                    [
                        .. measured.Where(entry => entry.Round == round.Round).Select(entry => new RoundMeasurement(
                            entry.Agent, entry.Metrics.HeldOut, entry.Metrics.GlobalAccuracy, entry.Metrics.GlobalLoss, entry.Metrics.GlobalBitsPerByte)),
                    ],
                }),
            ],
            History = entry.History,
            Participants = [.. figures.SelectMany(round => round.Accepted).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            ForkedFrom = entry.ForkedFrom,
            ModelSha256 = models.LastOrDefault(model => model.Round > 0)?.Claim.Sha256,
            UsedDivergence = Mean(figures.Select(round => round.DivergenceUsed)),
            AutoDivergence = Mean(figures.Select(round => round.DivergenceBound)),
        };
    }

    /// <summary>What a run that is not over waits for; null: nothing.</summary>
    private static WaitReason? Waiting(RunEntry entry, Serving parts)
    {
        RunSight? sight = parts.Director.Sight(entry.Id);
        DateTimeOffset since = sight?.Since ?? entry.SubmittedAt;
        if (entry.State == RunState.Paused)
        {
            return new WaitReason { Kind = WaitKind.Operator, Sentence = $"held by an operator{(entry.Reason is null ? "" : $": {entry.Reason}")}; edgeflora runs resume {entry.Id} lets it go on", Since = since };
        }

        if (sight?.WaitsForEvaluators == true)
        {
            return new WaitReason { Kind = WaitKind.Evaluators, Sentence = "all rounds are over; waits for evaluators to measure its models", Since = since };
        }

        if (sight is { Round: { State: not RoundState.Planned } })
        {
            return null;
        }

        int present = sight?.Round?.Online.Count ?? parts.Director.Fitting(entry);
        int needed = sight?.Round?.Needed ?? entry.Options.Rounds.MinAgents;
        if (present >= needed)
        {
            string next = parts.Catalogue.All().Any(other => other.Id != entry.Id && other.State is (RunState.Queued or RunState.Running)) ? "other runs go first" : "it begins at once";
            return new WaitReason { Kind = WaitKind.Turn, Sentence = $"its agents are there; {next}", Present = present, Needed = needed, Since = since };
        }

        string[] missing = [.. entry.Options.Rounds.ExpectedAgents.Where(name => parts.Fleet.Find(name) is not { } agent || !parts.Fleet.IsAvailable(agent)).Order(StringComparer.Ordinal)];
        string match = entry.Selector.Length == 0 ? "" : $" that match '{entry.Selector}'";
        return new WaitReason
        {
            Kind = WaitKind.Agents,
            Sentence = $"waits for {needed - present} more of {needed} agents{match}{Why(entry, parts, sight)}",
            Present = present,
            Needed = needed,
            Agents = missing,
            Since = since,
            Until = entry.WaitFor is { } most ? since + most : null,
        };
    }

    /// <summary>Why agents that one might think of do not count.</summary>
    private static string Why(RunEntry entry, Serving parts, RunSight? sight)
    {
        IEnumerable<string> absent = parts.Fleet.All()
            .Where(agent => agent.Hello.Role == AgentRole.Trainer && agent.Standing != AgentStanding.Revoked && entry.Wants(agent) && !parts.Fleet.IsAvailable(agent))
            .Select(agent => $"{agent.Name} is {(agent.Standing == AgentStanding.Active ? Said(parts.Fleet.PresenceOf(agent)) : agent.Standing.ToString().ToLowerInvariant())}");
        IEnumerable<string> unfit = sight?.Unfit.Select(agent => $"{agent.Key}: {agent.Value}") ?? [];
        string[] reasons = [.. absent.Concat(unfit).Take(10)];
        return reasons.Length == 0 ? "" : $"; {string.Join(", ", reasons)}";
    }

    private static string Said(AgentPresence presence) => presence switch
    {
        AgentPresence.Silent => "silent",
        AgentPresence.Left => "gone",
        _ => "not there",
    };

    private static double? Mean(IEnumerable<double?> values)
    {
        double[] measured = [.. values.OfType<double>()];
        return measured.Length == 0 ? null : measured.Average();
    }
}
