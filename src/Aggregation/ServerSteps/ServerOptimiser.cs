using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>Optimisers on the server: what a strategy published is the step they are given, whatever the strategy.</summary>
internal static class ServerOptimiser
{
    /// <summary>Whether the step remembers earlier rounds.</summary>
    public static bool IsIn(AggregationOptions options) => options.ServerStep is ServerStep.Momentum or ServerStep.FedAdam or ServerStep.FedYogi;

    /// <summary>The adapter to publish instead of <paramref name="merged"/>, and what the next round is to be given.</summary>
    /// <param name="before">Null before the first step.</param>
    public static (LoraAdapter Global, ServerState State) Step(
        AggregationOptions options, LoraAdapter broadcast, LoraAdapter merged, ServerState? before, int round)
    {
        var modules = new Dictionary<string, LoraFactors>(StringComparer.Ordinal);
        var moments = new SortedDictionary<string, ModuleMoments>(StringComparer.Ordinal);
        foreach ((string name, LoraFactors factors) in merged.Modules)
        {
            (modules[name], moments[name]) = ModuleStep.Of(
                name, broadcast.Modules[name], factors, broadcast.Settings.Scale, before?.Modules.GetValueOrDefault(name), round, options);
        }

        var saved = new SortedDictionary<string, DenseTensor>(StringComparer.Ordinal);
        var savedMoments = new SortedDictionary<string, TensorMoments>(StringComparer.Ordinal);
        foreach ((string name, DenseTensor tensor) in merged.Saved)
        {
            (saved[name], savedMoments[name]) = TensorStep.Of(broadcast.Saved[name], tensor, before?.Saved.GetValueOrDefault(name), options);
        }

        return (new LoraAdapter(merged.Settings, modules, saved), new ServerState(moments, savedMoments));
    }
}
