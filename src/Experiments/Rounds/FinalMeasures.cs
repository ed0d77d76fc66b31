using EdgeFlora.Adapters;
using EdgeFlora.Experiments.Local;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Experiments.Work;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>What is measured when a run is over: the last global adapter with every agent, and what the agents sent by itself.</summary>
/// <param name="alone">What agents trained alone beside the runs.</param>
internal sealed class FinalMeasures(
    Bench bench, LocalWork work, Measuring measuring, IReadOnlyDictionary<(ulong Seed, string Agent), AloneOutcome> alone)
{
    public CellFigures Of(FederatedRun run, CancellationToken stop)
    {
        TextShare[] agents = [.. run.Split.Agents];
        double?[] held = new double?[agents.Length];
        double?[] personal = new double?[agents.Length];
        ParallelWork.ForEach(
            [.. Enumerable.Range(0, agents.Length)],
            bench.Threads,
            i => (held[i], personal[i]) = OfAgent(run, agents[i], stop),
            stop);
        run.Measured(figures => figures with { GlobalHeldOut = Weighted(held, agents) });
        return new CellFigures
        {
            Cell = run.Cell,
            Rounds = run.Rounds,
            LocalOnTest = run.KeepsParts ? [] : Sent(run, stop),
            GlobalByAgent = held,
            KeptByAgent = run.KeepsParts ? [] : [.. agents.Select((agent, i) => Kept(run, agent.Name, held[i]))],
            PersonalOnTest = [.. personal.OfType<double>()],
        };
    }

    /// <summary>
    /// What an agent has in the end: the published adapter, or the best of its own if that does better on its held-out texts. Where the base was
    /// changed its own are no alternative.
    /// </summary>
    private double? Kept(FederatedRun run, string agent, double? published)
    {
        IEnumerable<double> own = run.BaseDelta is null && run.Best.TryGetValue(agent, out double best) ? [best] : [];
        IEnumerable<double> beside = alone.TryGetValue((run.Cell.Seed, agent), out AloneOutcome? outcome) ? outcome.After.OfType<double>() : [];
        return published is { } global ? own.Concat(beside).Append(global).Max() : null;
    }

    private (double? HeldOut, double? Personal) OfAgent(FederatedRun run, TextShare agent, CancellationToken stop)
    {
        // The task of a round that is not run: it has the newest adapter and the agent's own factors.
        LocalTask task = run.Task(agent, bench.Experiment.Rounds + 1);
        string? after = run.KeepsParts ? task.After : null;
        return (
            agent.HeldOut.Count > 0 ? measuring.Of(run.Newest, run.BaseDelta, after, agent, Held, stop).Accuracy : null,
            run.KeepsParts ? measuring.Of(run.Newest, run.BaseDelta, after, run.Split.All, Held, stop).Accuracy : null);

        LoraAdapter Held() => run.KeepsParts ? work.Personal(task, work.Global(task), after) : work.Global(task);
    }

    /// <summary>Accuracy on the central test set of what each agent sent in the last round.</summary>
    private double[] Sent(FederatedRun run, CancellationToken stop)
    {
        double[] accuracies = new double[run.LastResults.Count];
        ParallelWork.ForEach(
            [.. Enumerable.Range(0, accuracies.Length)],
            bench.Threads,
            i =>
            {
                Result result = run.LastResults[i];
                accuracies[i] = measuring.Of(
                    $"{result.Outcome.Body} on {result.Task.Start}",
                    result.Task.BaseDelta,
                    after: null,
                    run.Split.All,
                    () => work.Sent(result.Task, result.Outcome),
                    stop).Accuracy;
            },
            stop);
        return accuracies;
    }

    private static double? Weighted(double?[] values, TextShare[] agents)
    {
        int count = agents.Where((_, i) => values[i] is not null).Sum(agent => agent.HeldOut.Count);
        return count > 0 ? values.Select((value, i) => (value ?? 0) * agents[i].HeldOut.Count).Sum() / count : null;
    }
}
