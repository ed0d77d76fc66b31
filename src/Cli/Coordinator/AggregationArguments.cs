using System.CommandLine;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Coordinator;

/// <summary>Options of how updates become the global adapter.</summary>
internal sealed class AggregationArguments
{
    private readonly Option<string> strategy = Ranged.Choice("--strategy", "How updates become the global adapter", StrategyRegistry.Names, "FloraNA");
    private readonly Option<string[]> strategyFor = new("--strategy-for") { Description = "Another strategy for modules by name, * standing for any characters; the first that fits counts (e.g. *.value=FedExLora); may be given again", HelpName = "PATTERN=NAME" };
    private readonly Option<int> residualRank = Ranged.Number("--residual-rank", "Directions a round that FedExLora folds into the base weights; 0: all it would lose", "", 0, 1024, 0);
    private readonly Option<double> momentum = Ranged.Number("--momentum", "Share of the last step that is carried on, with OptimalRank and FlexLora", "", 0, 0.99, 0);
    private readonly Option<double> serverRate = Ranged.Number("--server-rate", "Length of the step from one global adapter to the next; 1: the aggregate itself", "", 0.01, 2, 1);

    public IEnumerable<Option> All => [strategy, strategyFor, residualRank, momentum, serverRate];

    /// <exception cref="InputException">A value cannot be used.</exception>
    public AggregationOptions Read(ParseResult parsed) => new()
    {
        Strategy = parsed.GetRequiredValue(strategy),
        ModuleStrategies = [.. (parsed.GetValue(strategyFor) ?? []).Select(ModuleStrategyOf)],
        ResidualRank = parsed.GetValue(residualRank),
        Momentum = parsed.GetValue(momentum),
        ServerRate = parsed.GetValue(serverRate),
    };

    private static ModuleStrategy ModuleStrategyOf(string text)
    {
        string[] parts = text.Split('=');
        string? name = parts.Length == 2 ? StrategyRegistry.Names.FirstOrDefault(known => known.Equals(parts[1], StringComparison.OrdinalIgnoreCase)) : null;
        return name is not null && parts[0].Length > 0
            ? new ModuleStrategy(parts[0], name)
            : throw new InputException($"--strategy-for is '{text}'; it must be PATTERN=NAME with a name of {string.Join(", ", StrategyRegistry.Names)}");
    }
}
