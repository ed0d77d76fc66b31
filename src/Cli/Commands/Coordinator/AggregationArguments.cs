using System.CommandLine;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of how updates become the global adapter: those of every merge, and those that need rounds.</summary>
internal sealed class AggregationArguments
{
    private readonly MergingArguments merging = new(RobustRules.Clip);
    private readonly Option<double> momentum = Ranged.Number(
        "--momentum", "Share of the last step that is carried on, with OptimalRank and FlexLora", "", 0, 0.99, 0);
    private readonly Option<double> serverRate = Ranged.Number(
        "--server-rate",
        "Length of the step from one global adapter to the next; 1: the aggregate itself, as for language models and private runs",
        "",
        0.01,
        2,
        RunDefaults.ServerRate);
    private readonly Option<bool> perClassHeads = new("--per-class-heads")
    {
        Description = "Average each row of the head by the agents' examples of its class; agents then say how many they have of each",
    };

    public IEnumerable<Option> All => [.. merging.All, momentum, serverRate, perClassHeads];

    /// <exception cref="InputException">A value cannot be used, or not beside another.</exception>
    /// <param name="task">What is learnt.</param>
    /// <param name="isPrivate">Whether noise is added.</param>
    public AggregationOptions Read(ParseResult parsed, LearningTask task, bool isPrivate) => merging.Read(parsed) with
    {
        Momentum = parsed.GetValue(momentum),
        ServerRate = parsed.IsGiven(serverRate) ? parsed.GetValue(serverRate) : RunDefaults.ServerRateOf(task, isPrivate),
        PerClassHeads = parsed.GetValue(perClassHeads),
    };
}
