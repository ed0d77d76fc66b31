using EdgeFlora.Aggregation;

namespace EdgeFlora.Cli.Aggregate;

/// <summary>One module of <see cref="AggregateReport"/>.</summary>
/// <param name="Name">Name in the base model.</param>
/// <param name="Rank">Directions of the published product.</param>
/// <param name="ErrFedIt">Relative error of averaging A and B apart.</param>
/// <param name="ErrFloraNA">Of FLoRA-NA; null where it was left out (--quick, more than 1,024 folders without --compare) or a folder's rank is above that of the result.</param>
/// <param name="ErrUsed">Of what was written.</param>
/// <param name="ErrBound">The least possible at this rank.</param>
/// <param name="Estimated">Whether the length of the ideal update was estimated in part.</param>
/// <param name="ErrMargin">How far errors may be off because of that: three standard errors.</param>
/// <param name="P">FLoRA-NA's factors of B, in the order of the folders given; 0 for a folder of weight 0; empty for other strategies.</param>
/// <param name="Q">FLoRA-NA's factors of A.</param>
internal sealed record AggregateModule(
    string Name, int Rank, double ErrFedIt, double? ErrFloraNA, double ErrUsed, double ErrBound, bool Estimated, double ErrMargin, IReadOnlyList<double> P, IReadOnlyList<double> Q)
{
    public static AggregateModule Of(ModuleReport module, string[] folders)
    {
        var at = module.Agents.Select((agent, i) => (agent.AgentId, i)).ToDictionary(agent => agent.AgentId, agent => agent.i, StringComparer.Ordinal);
        return new AggregateModule(
            module.Name, module.Rank, module.ErrFedIt, module.ErrFloraNa, module.ErrUsed, module.ErrBound, module.Estimated, module.ErrMargin, Ordered(module.P), Ordered(module.Q));

        double[] Ordered(IReadOnlyList<double> scalars) =>
            scalars.Count == 0 ? [] : [.. folders.Select(folder => at.TryGetValue(folder, out int i) ? scalars[i] : 0)];
    }
}
