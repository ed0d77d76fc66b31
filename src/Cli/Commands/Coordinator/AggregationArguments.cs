using System.CommandLine;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of how updates become the global adapter: those of every merge, and those that need rounds.</summary>
internal sealed class AggregationArguments
{
    private static readonly SortedDictionary<string, ServerStep> Steps =
        new(Enum.GetValues<ServerStep>().ToDictionary(step => step.ToString().ToLowerInvariant()), StringComparer.Ordinal);

    private readonly MergingArguments merging = new(RobustRules.Clip);
    private readonly Option<string> serverStep = Ranged.Choice(
        "--server-step",
        "How the global adapter moves towards the aggregate: by --server-rate, by FedExP's length, or by an optimiser on the server",
        [.. Steps.Keys],
        "fixed");
    private readonly Option<double> momentum = Ranged.Number(
        "--momentum", "Share of earlier server steps that is carried on; above 0 it makes --server-step momentum", "", 0, 0.99, 0);
    private readonly Option<double> serverRate = Ranged.Number(
        "--server-rate",
        "Length of the step from one global adapter to the next; 1: the aggregate itself, as for language models and private runs",
        "",
        0.0001,
        2,
        RunDefaults.ServerRate);
    private readonly Option<bool> perClassHeads = new("--per-class-heads")
    {
        Description = "Average each row of the head by the agents' examples of its class; agents then say how many they have of each",
    };

    public IEnumerable<Option> All => [.. merging.All, serverStep, momentum, serverRate, perClassHeads];

    /// <exception cref="InputException">A value cannot be used, or not beside another.</exception>
    /// <param name="task">What is learnt.</param>
    /// <param name="isPrivate">Whether noise is added.</param>
    public AggregationOptions Read(ParseResult parsed, LearningTask task, bool isPrivate)
    {
        AggregationOptions options = merging.Read(parsed) with
        {
            Momentum = parsed.GetValue(momentum),
            PerClassHeads = parsed.GetValue(perClassHeads),
        };
        if (parsed.IsGiven(serverStep))
        {
            ServerStep step = Steps[parsed.GetRequiredValue(serverStep)];
            options = options with { ServerStep = step, Momentum = parsed.IsGiven(momentum) ? options.Momentum : RunDefaults.MomentumOf(step) };
        }

        return options with
        {
            ServerRate = parsed.IsGiven(serverRate) ? parsed.GetValue(serverRate) : RunDefaults.ServerRateOf(task, isPrivate, options.ServerStep),
        };
    }
}
