using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Gauges;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Ranks;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation;

/// <summary>Merges one module: repairs gauges, lets the strategy decide, splits the product and measures what came out.</summary>
/// <param name="Factors">What to publish, at the broadcast rank.</param>
/// <param name="BaseDelta">Change of the base weight, if the strategy folds.</param>
internal sealed record ModuleAggregation(LoraFactors Factors, LoraFactors? BaseDelta, ModuleReport Report)
{
    /// <param name="entries">Label, share and scale (agent's over published) of each entry of <paramref name="source"/>.</param>
    /// <param name="parts">What entries are cut into where agents have different ranks; null where they count as a whole.</param>
    public static ModuleAggregation Of(
        string name, LoraFactors broadcast, IFactorSource source, IReadOnlyList<UpdateTerm> entries, int round, AggregationOptions options,
        IReadOnlyList<TermPart>? parts = null)
    {
        IStrategy strategy = options.StrategyFor(name);
        if (strategy.CombinesFactors)
        {
            RefuseHigherRanks(name, strategy, broadcast, source, entries);
        }

        var problem = new ModuleProblem(name, broadcast, source, entries, round, options);
        Survey sent = problem.Survey;
        FiniteResult.Require(problem, "the mean", sent.Mean);
        bool[] repaired = new bool[source.Count];
        if (strategy.GaugeIsFree)
        {
            // Also before strategies on products: the length of the mean A becomes that of the published one.
            (IFactorSource near, repaired) = RegaugedSource.Of(
                source, sent, broadcast, [.. entries.Select(entry => entry.Scale)], strategy.WantsOneGauge || parts is not null);
            (near, IReadOnlyList<UpdateTerm> terms) = TermPart.Cut(near, entries, parts);
            problem = ReferenceEquals(near, source) ? problem : new ModuleProblem(name, broadcast, near, terms, round, options);
        }

        ModuleMerge merge = strategy.Merge(problem);
        LoraFactors factors = Split(merge, problem, strategy.GaugeIsFree);
        FiniteResult.Require(problem, $"{strategy.Name}'s result", factors);
        if (merge.BaseDelta is not null)
        {
            FiniteResult.Require(problem, $"{strategy.Name}'s change of the base", merge.BaseDelta);
        }

        ModuleReport report = Describe(strategy, merge, problem, factors, sent, entries, repaired);
        problem.Release(factors);
        return new ModuleAggregation(factors, merge.BaseDelta, report);
    }

    private static LoraFactors Split(ModuleMerge merge, ModuleProblem problem, bool gaugeIsFree)
    {
        int rank = problem.Broadcast.Rank;
        Gauge gauge = problem.Options.Gauge;
        if (merge.Factors is { } factors && (!gaugeIsFree || gauge == Gauge.Anchored))
        {
            LoraFactors padded = Padding.ToRank(factors, rank);
            return gaugeIsFree && RegaugedSource.IsTooLong(padded, problem.Survey.Mean, problem.Broadcast)
                ? BoundedSplit.Of(padded, problem.Broadcast)
                : padded;
        }

        SingularTriplets product = merge.Product ?? TripletsOfProduct.Of(merge.Factors!);
        LoraFactors split = GaugeFixing.Split(product, rank, gauge, problem.Survey.Mean);
        FiniteResult.RequireKept(problem, "the result", product, split);
        return split;
    }

    private static ModuleReport Describe(
        IStrategy strategy, ModuleMerge merge, ModuleProblem problem, LoraFactors factors, Survey sent, IReadOnlyList<UpdateTerm> entries,
        bool[] repaired)
    {
        double? floraNa = merge.Scalars is null && !WantsFloraNa(problem)
            ? null
            : problem.Energy > 0 ? Math.Sqrt(problem.Scalars.SquaredError / problem.Energy) : 0;
        int rank = merge.Product?.Count ?? factors.Rank;
        double[] shape = SingularValues.Of(Gram.OfRows(factors.A)).Sigma;
        double lengthA = Math.Sqrt(Gram.OfRows(problem.Broadcast.A).Trace());
        return new ModuleReport
        {
            Name = problem.Name,
            Strategy = strategy.Name,
            Rank = rank,
            ErrFedIt = problem.ErrorOfMean,
            ErrFloraNa = floraNa,
            ErrUsed = merge.RelativeError ?? problem.RelativeError(factors),
            ErrBound = Math.Sqrt(problem.Truncated.TailEnergy(rank)),
            UpdateNorm = Math.Sqrt(problem.Energy),
            StepNorm = WantsFloraNa(problem) ? StepNorm(problem) : null,
            Estimated = problem.Truncated.Estimated,
            ErrMargin = problem.Truncated.ErrorMargin(rank),
            Method = problem.Method,
            ConditionA = shape[^1] > 0 ? Math.Sqrt(shape[0] / shape[^1]) : double.PositiveInfinity,
            Gauge = strategy.GaugeIsFree ? problem.Options.Gauge : null,
            P = merge.Scalars?.P ?? [],
            Q = merge.Scalars?.Q ?? [],
            Agents =
            [
                .. entries.Select((entry, i) => new AgentReport(
                    entry.Label,
                    entry.Share,
                    Ratio(sent.AlongA[i], sent.LengthsA[i] * lengthA),
                    Ratio(sent.LengthsA[i], lengthA),
                    repaired[i])),
            ],
        };
    }

    // With exact products of few directions it costs next to nothing.
    private static bool WantsFloraNa(ModuleProblem problem)
    {
        IFactorSource source = problem.Source;
        return Enumerable.Range(0, source.Count).All(i => source.RankOf(i) <= problem.Broadcast.Rank)
            && (problem.IsExact || (problem.Options.CompareFloraNa ?? source.Count <= FloraNaSolver.MostDenseAgents));
    }

    private static double StepNorm(ModuleProblem problem) => problem.Energy > 0
        ? problem.RelativeError(problem.Broadcast) * Math.Sqrt(problem.Energy)
        : Math.Sqrt(ProductGeometry.Energy(problem.Broadcast));

    private static double Ratio(double value, double by) => by > 0 ? value / by : 0;

    private static void RefuseHigherRanks(
        string name, IStrategy strategy, LoraFactors broadcast, IFactorSource source, IReadOnlyList<UpdateTerm> entries)
    {
        for (int i = 0; i < source.Count; i++)
        {
            if (source.RankOf(i) > broadcast.Rank)
            {
                throw new UnfitUpdateException(
                    UpdateTerm.AgentOf(entries[i].Label) ?? entries[i].Label,
                    $"{entries[i].Label} has rank {source.RankOf(i)} in module {name}, above the result's rank {broadcast.Rank}; {strategy.Name} "
                    + "combines factors of at most that rank (OptimalRank and FlexLora take any).");
            }
        }
    }
}
