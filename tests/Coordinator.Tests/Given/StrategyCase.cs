using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Aggregation settings by a short name: every strategy, and the settings of some that change what is carried from round to round.</summary>
internal static class StrategyCase
{
    private static readonly Dictionary<string, AggregationOptions> Special = new(StringComparer.Ordinal)
    {
        ["FedExLora cut to rank 1"] = new() { Strategy = "FedExLora", ResidualRank = 1 },
        ["OptimalRank with momentum"] = new() { Strategy = "OptimalRank", Momentum = 0.5, ServerRate = 0.8 },
        ["FedIT with FedExP"] = new() { Strategy = "FedIT", ServerStep = ServerStep.FedExp },
        ["FloraNA with FedYogi"] = new() { Strategy = "FloraNA", ServerStep = ServerStep.FedYogi, Momentum = 0.9, ServerRate = 0.02 },
        ["a mixture"] = new()
        {
            Strategy = "FedIT",
            ModuleStrategies = [new("*.0.*.query", "RoLora"), new("*.1.*.query", "FedSaLora"), new("*.0.*.value", "FedExLora"), new("*.1.*.value", "FloraStack")],
        },
    };

    public static IEnumerable<string> Names => StrategyRegistry.Names.Concat(Special.Keys);

    public static AggregationOptions Of(string name) =>
        (Special.GetValueOrDefault(name) ?? new AggregationOptions { Strategy = name }) with { Threads = 1, Seed = 7 };
}
