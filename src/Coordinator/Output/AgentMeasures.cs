using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Output;

/// <summary>What agents measured of the published adapter at the end of a run, made of what is stored.</summary>
internal static class AgentMeasures
{
    /// <summary>Null: the run has not come to it, or nobody was asked.</summary>
    public static FinalMeasures? Of(RunReader reader, CoordinatorOptions options)
    {
        if (!options.MeasuresAtEnd || reader.Published() is not { } published)
        {
            return null;
        }

        Dictionary<string, ResultMetrics> measured = reader.AgentMeasures().Where(measure => measure.Round == published.Round)
            .ToDictionary(measure => measure.Agent, measure => measure.Metrics, StringComparer.Ordinal);
        Dictionary<string, AgentTask> tasks = reader.Tasks(nameof(TaskKind.Evaluate)).Where(task => task.Round == published.Round)
            .ToDictionary(task => task.Task.Agent, task => task.Task, StringComparer.Ordinal);
        AgentMeasure[] agents =
        [
            .. reader.Agents().Where(agent => agent.MeasuresAtEnd || measured.ContainsKey(agent.Name))
                .OrderBy(agent => agent.Name, StringComparer.Ordinal)
                .Select(agent => measured.TryGetValue(agent.Name, out ResultMetrics? metrics)
                    ? Measure(agent.Name, metrics)
                    : new AgentMeasure { AgentId = agent.Name, Missing = WhyMissing(agent, tasks.GetValueOrDefault(agent.Name), options) }),
        ];
        LabelCounts[] counts = [.. measured.Values.Select(metrics => metrics.ByLabel).OfType<LabelCounts>()];
        return agents.Length == 0 ? null : new FinalMeasures
        {
            Round = published.Round,
            Agents = agents,
            Accuracy = Spread.Of(Figures(agents, agent => agent.Accuracy), higherIsBetter: true),
            Loss = Spread.Of(Figures(agents, agent => agent.Loss), higherIsBetter: false),
            Labels = counts.Length == 0 ? [] : [.. options.Labels.Select((label, i) => LabelOf(label, i, counts))],
            MacroF1 = MacroF1(counts, options.Labels.Count),
            KeepOwn = [.. agents.Where(agent => agent.KeepsOwn).Select(agent => agent.AgentId)],
        };
    }

    private static (string Agent, double Value)[] Figures(AgentMeasure[] agents, Func<AgentMeasure, double?> figure) =>
        [.. agents.Where(agent => figure(agent) is not null).Select(agent => (agent.AgentId, figure(agent)!.Value))];

    private static AgentMeasure Measure(string agent, ResultMetrics metrics) => new()
    {
        AgentId = agent,
        Examples = metrics.HeldOut,
        Accuracy = metrics.GlobalAccuracy,
        Loss = metrics.GlobalLoss,
        OwnAccuracy = metrics.KeepsOwn ? metrics.LocalAccuracy : null,
        OwnLoss = metrics.KeepsOwn ? metrics.LocalLoss : null,
        KeepsOwn = metrics.KeepsOwn,
    };

    private static string WhyMissing(KnownAgent agent, AgentTask? task, CoordinatorOptions options) => task switch
    {
        { State: TaskState.Declined } => $"declined: {task.EndCode}",
        { State: TaskState.Failed } => $"failed: {task.EndCode}",
        _ when !agent.Present => "it was gone when the run ended",
        null => "it was silent when the run ended",
        _ => $"it gave no answer within {DurationText.Format(options.Rounds.EvaluationTimeout)}",
    };

    private static LabelMeasure LabelOf(string label, int place, LabelCounts[] counts)
    {
        long actual = counts.Sum(count => (long)count.Actual[place]);
        long right = counts.Sum(count => (long)count.Right[place]);
        return new LabelMeasure(label, (int)Math.Min(actual, int.MaxValue), actual > 0 ? (double)right / actual : null);
    }

    /// <summary>Over the labels that occur, as one agent's is.</summary>
    private static double? MacroF1(LabelCounts[] counts, int labels)
    {
        double[] f1 =
        [
            .. Enumerable.Range(0, counts.Length == 0 ? 0 : labels)
                .Select(label => (
                    Right: counts.Sum(count => (double)count.Right[label]),
                    Either: counts.Sum(count => (double)count.Actual[label] + count.Predicted[label])))
                .Where(label => label.Either > 0)
                .Select(label => 2 * label.Right / label.Either),
        ];
        return f1.Length == 0 ? null : f1.Average();
    }
}
