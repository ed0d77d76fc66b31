using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Figures of runs, from their events: the same from which the dashboard has them.</summary>
internal sealed class RunFigures
{
    private readonly ConcurrentDictionary<Guid, RunEvent> committed = [];
    private readonly ConcurrentDictionary<Guid, double> accuracy = [];
    private readonly Counter<long> rounds;
    private readonly Counter<long> traffic;
    private readonly Counter<long> tasks;
    private readonly Counter<long> results;
    private readonly Counter<long> quarantines;
    private readonly Histogram<double> duration;

    public RunFigures(Meter meter)
    {
        rounds = Instruments.Counter(meter, CoordinatorMetrics.Rounds);
        traffic = Instruments.Counter(meter, CoordinatorMetrics.RoundTraffic);
        tasks = Instruments.Counter(meter, CoordinatorMetrics.Tasks);
        results = Instruments.Counter(meter, CoordinatorMetrics.Results);
        quarantines = Instruments.Counter(meter, CoordinatorMetrics.Quarantines);
        duration = Instruments.Histogram(meter, CoordinatorMetrics.RoundDuration);
        Instruments.Observe(meter, CoordinatorMetrics.RunRound, () => committed.Values.Select(newest => Point(newest.Round, newest.RunId)));
        Instruments.Observe(meter, CoordinatorMetrics.RunDivergence, () => committed.Values.SelectMany(Divergence));
        Instruments.Observe(meter, CoordinatorMetrics.RunEpsilon, () => committed.Values.Where(newest => newest.Figures!.Epsilon is not null)
            .Select(newest => Point(newest.Figures!.Epsilon!.Value, newest.RunId)));
        Instruments.Observe(meter, CoordinatorMetrics.RunAccuracy, () => accuracy.Select(run => Point(run.Value, run.Key)));
    }

    public void Take(RunEvent happened)
    {
        switch (happened.Kind)
        {
            case RunEventKind.RoundOpened:
                rounds.Add(1, Label("outcome", "opened"));
                break;
            case RunEventKind.RoundExtended:
                rounds.Add(1, Label("outcome", "extended"));
                break;
            case RunEventKind.RoundSkipped:
                rounds.Add(1, Label("outcome", "skipped"));
                break;
            case RunEventKind.RoundCommitted when happened.Figures is { } figures:
                rounds.Add(1, Label("outcome", "committed"));
                duration.Record(figures.Milliseconds / 1000.0);
                traffic.Add(figures.BytesUp, Label("direction", "receive"));
                traffic.Add(figures.BytesDown, Label("direction", "transmit"));
                committed[happened.RunId] = happened;
                break;
            case RunEventKind.TaskOffered:
                Task("offered", reason: null);
                break;
            case RunEventKind.TaskAccepted:
                Task("accepted", reason: null);
                break;
            case RunEventKind.TaskDeclined:
                Task("declined", happened.Code);
                break;
            case RunEventKind.TaskFailed:
                Task("failed", happened.Code);
                break;
            case RunEventKind.TaskLost:
                Task("lost", happened.Code);
                break;
            case RunEventKind.ResultAccepted:
                Result("accepted", reason: null);
                break;
            case RunEventKind.ResultRejected:
                Result("rejected", happened.Code);
                break;
            case RunEventKind.ResultLate:
                Result("late", happened.Code);
                break;
            case RunEventKind.Evaluated when happened.GlobalAccuracy is { } measured:
                accuracy[happened.RunId] = measured;
                break;
            case RunEventKind.AgentQuarantined:
                quarantines.Add(1);
                break;
            case RunEventKind.RunCompleted or RunEventKind.RunIncomplete or RunEventKind.RunFailed:
                committed.TryRemove(happened.RunId, out _);
                accuracy.TryRemove(happened.RunId, out _);
                break;
        }
    }

    private void Task(string outcome, string? reason) => tasks.Add(1, Label("outcome", outcome), Label("reason", Reasons.Known(reason)));

    private void Result(string outcome, string? reason) => results.Add(1, Label("outcome", outcome), Label("reason", Reasons.Known(reason)));

    private static IEnumerable<Measurement<double>> Divergence(RunEvent newest)
    {
        RoundFigures figures = newest.Figures!;
        (string Kind, double? Value)[] kinds =
            [("used", figures.DivergenceUsed), ("fedit", figures.DivergenceFedIt), ("bound", figures.DivergenceBound)];
        return kinds.Where(kind => kind.Value is not null).Select(kind => Point(kind.Value!.Value, newest.RunId, Label("kind", kind.Kind)));
    }

    private static Measurement<double> Point(double value, Guid run, params KeyValuePair<string, object?>[] labels) =>
        new(value, [Label("run", run.ToString()), .. labels]);

    private static KeyValuePair<string, object?> Label(string key, string value) => new(key, value);
}
