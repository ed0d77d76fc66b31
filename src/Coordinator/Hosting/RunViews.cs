using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Rollouts;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Waits;
using RoundState = EdgeFlora.Protocol.Rounds.RoundState;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Runs as operators see them.</summary>
internal static class RunViews
{
    public static RunSummary Summary(RunEntry entry, Serving parts, DateTimeOffset moment)
    {
        (IReadOnlyList<(int Round, RoundState State)> rounds, ResultMetrics? measured) = parts.Store.Read(
            entry.Id.ToString(), reader => (reader.Rounds().ToArray(), Newest(reader)));
        return new RunSummary
        {
            Id = entry.Id,
            Name = entry.Name,
            State = entry.State,
            Reason = entry.Reason,
            SpentUnknown = entry.SpentUnknown,
            Waiting = RunWaitView.Of(entry, parts, moment),
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

    public static RunDetail Detail(RunEntry entry, Serving parts, DateTimeOffset moment)
    {
        (StoredModel[] models, (int Round, RoundState State)[] rounds, StoredEvaluation[] measured) = parts.Store.Read(
            entry.Id.ToString(), reader => (reader.Models().ToArray(), reader.Rounds().ToArray(), reader.Evaluations().ToArray()));
        (PublishedModel? chosen, FinalMeasures? final) = parts.Store.Read(
            entry.Id.ToString(), reader => (reader.Published(), AgentMeasures.Of(reader, entry.Options)));
        StoredModel? published = models.LastOrDefault(model => model.Round > 0 && (chosen is null || model.Round == chosen.Round));
        RunEvent[] events = [.. parts.Store.Read(
            entry.Id.ToString(),
            reader => reader.Events().Where(happened => happened.Kind is RunEventKind.RoundSkipped).ToArray())];
        RoundFigures[] figures = [.. models.Select(model => model.Figures).OfType<RoundFigures>()];
        return new RunDetail
        {
            Summary = Summary(entry, parts, moment),
            Spec = entry.Spec,
            Rounds =
            [
                .. rounds.Select(round => new RoundSummary
                {
                    Round = round.Round,
                    Status = RoundSight.StatusOf(round.State),
                    Reason = events.LastOrDefault(happened => happened.Round == round.Round)?.Detail,
                    Figures = models.FirstOrDefault(model => model.Round == round.Round)?.Figures,
                    Measurements =
                    [
                        .. measured.Where(entry => entry.Round == round.Round).Select(entry => new RoundMeasurement(
                            entry.Agent,
                            entry.Metrics.HeldOut,
                            entry.Metrics.GlobalAccuracy,
                            entry.Metrics.GlobalLoss,
                            entry.Metrics.GlobalBitsPerByte)),
                    ],
                }),
            ],
            Current = entry.IsOver || parts.Director.Sight(entry.Id)?.Open is not { } sight ? null : RoundWaits.Standing(
                sight, parts.Advances.Of(entry.Id), moment),
            History = entry.History,
            Participants = [.. figures.SelectMany(round => round.Accepted).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Rollouts = entry.Rollout is { } rollout
                ? [.. entry.Rollouts.SkipLast(1), parts.Store.Read(entry.Id.ToString(), reader => RolloutFigures.Of(rollout, reader))]
                : entry.Rollouts,
            ForkedFrom = entry.ForkedFrom,
            ModelSha256 = published?.Claim.Sha256,
            PublishedRound = published?.Round,
            PublishedReason = chosen?.Reason,
            FinalMeasures = final,
            UsedDivergence = Mean(figures.Select(round => round.DivergenceUsed)),
            AutoDivergence = Mean(figures.Select(round => round.DivergenceBound)),
        };
    }

    /// <summary>Of the run's model once that is chosen, else the newest.</summary>
    private static ResultMetrics? Newest(RunReader reader)
    {
        int? published = reader.Published()?.Round;
        StoredEvaluation[] measured = [.. reader.Evaluations()];
        return (measured.LastOrDefault(evaluation => evaluation.Round == published) ?? measured.LastOrDefault())?.Metrics;
    }

    private static double? Mean(IEnumerable<double?> values)
    {
        double[] measured = [.. values.OfType<double>()];
        return measured.Length == 0 ? null : measured.Average();
    }
}
