using EdgeFlora.Aggregation;

namespace EdgeFlora.Cli.Commands.Aggregate;

/// <summary>One module of <see cref="AggregateReport"/>. Lists are in the order of the folders given, with 0 for a folder of weight 0.</summary>
/// <param name="Name">Name in the base model.</param>
/// <param name="Strategy">Used for it.</param>
/// <param name="Rank">Directions of the published product.</param>
/// <param name="ErrFedIt">Relative error of averaging A and B apart.</param>
/// <param name="ErrFloraNA">Of FLoRA-NA; null where it was left out (--quick, more than 1,024 folders without --compare) or a folder's rank is
/// above that of the result.</param>
/// <param name="ErrUsed">Of what was written.</param>
/// <param name="ErrBound">The least possible at this rank.</param>
/// <param name="TailEnergy">Share of the squared ideal update beyond that rank.</param>
/// <param name="Estimated">Whether the length of the ideal update was estimated in part.</param>
/// <param name="ErrMargin">How far errors may be off because of that: three standard errors.</param>
/// <param name="ConditionA">Largest over smallest singular value of the written A; null where A has lost a row.</param>
/// <param name="P">FLoRA-NA's factors of B; empty for other strategies.</param>
/// <param name="Q">FLoRA-NA's factors of A.</param>
/// <param name="CosineA">Cosine of each folder's A to that of the broadcast adapter; empty without one.</param>
/// <param name="LengthRatioA">Length of each folder's A over that of the broadcast adapter; empty without one.</param>
/// <param name="Regauged">Folders whose factors were brought back to the gauge of the broadcast adapter, their product kept.</param>
internal sealed record AggregateModule(
    string Name, string Strategy, int Rank, double ErrFedIt, double? ErrFloraNA, double ErrUsed, double ErrBound, double TailEnergy, bool Estimated,
    double ErrMargin, double? ConditionA,
    IReadOnlyList<double> P,
    IReadOnlyList<double> Q,
    IReadOnlyList<double> CosineA,
    IReadOnlyList<double> LengthRatioA,
    IReadOnlyList<string> Regauged)
{
    public static AggregateModule Of(ModuleReport module, string[] folders, bool hasBroadcast)
    {
        var at = module.Agents.Select((agent, i) => (agent.AgentId, i)).ToDictionary(
            agent => agent.AgentId,
            agent => agent.i,
            StringComparer.Ordinal);
        return new AggregateModule(
            module.Name,
            module.Strategy,
            module.Rank,
            module.ErrFedIt,
            module.ErrFloraNa,
            module.ErrUsed,
            module.ErrBound,
            module.ErrBound * module.ErrBound,
            module.Estimated,
            module.ErrMargin,
            double.IsFinite(module.ConditionA) ? module.ConditionA : null,
            Ordered(module.P),
            Ordered(module.Q),
            Ordered([.. module.Agents.Where(_ => hasBroadcast).Select(agent => agent.CosineA)]),
            Ordered([.. module.Agents.Where(_ => hasBroadcast).Select(agent => agent.LengthRatioA)]),
            [.. module.Agents.Where(agent => agent.Regauged).Select(agent => agent.AgentId)]);

        double[] Ordered(IReadOnlyList<double> values) =>
            values.Count == 0 ? [] : [.. folders.Select(folder => at.TryGetValue(folder, out int i) ? values[i] : 0)];
    }
}
