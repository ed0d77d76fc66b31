using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Robust;

namespace EdgeFlora.Aggregation;

/// <summary>The terms of a round's ideal update, the same list for every module.</summary>
/// <remarks>
/// With broadcast product P₀ the target is P₀ + η·(Σ wᵤ·cᵤ·s(τᵤ)·(Pᵤ − startᵤ) + β·M): clipping (c), staleness (s = 1/√(1+τ), as FedBuff, arXiv
/// 2106.06639), server rate η and momentum β, M only re-weight terms and add the broadcast adapter, the stale starts and the momentum as terms of
/// their own. Nothing of the kind in use: one term for each agent, and nothing else.
/// </remarks>
internal sealed class RoundTerms
{
    private const double Negligible = 1e-12;

    private readonly List<(UpdateTerm Term, LoraAdapter? Adapter)> entries = [];
    private readonly LoraAdapter broadcast;
    private readonly IReadOnlyDictionary<string, LoraFactors>? momentum;

    private RoundTerms(LoraAdapter broadcast, IReadOnlyDictionary<string, LoraFactors>? momentum, IReadOnlyList<AgentWeight> weights)
    {
        this.broadcast = broadcast;
        this.momentum = momentum;
        Weights = weights;
    }

    public IReadOnlyList<UpdateTerm> Entries => [.. entries.Select(entry => entry.Term)];

    public IReadOnlyList<AgentWeight> Weights { get; }

    public static RoundTerms Of(
        AggregationOptions options, LoraAdapter broadcast, Update[] sorted, IReadOnlyDictionary<string, LoraFactors>? momentum)
    {
        IReadOnlyList<AgentWeight> weights = RobustWeights.Of(options, broadcast, sorted);
        var terms = new RoundTerms(broadcast, options.Momentum > 0 ? momentum : null, weights);
        double fromBroadcast = 1;
        for (int i = 0; i < sorted.Length; i++)
        {
            double share = options.ServerRate * weights[i].Share * weights[i].Clip;
            terms.Add(sorted[i].AgentId, share, sorted[i].Adapter);
            if (sorted[i].Start is { } start)
            {
                terms.Add(UpdateTerm.StartOf(sorted[i].AgentId), -share, start);
            }
            else
            {
                fromBroadcast -= share;
            }
        }

        // What is left of 1 by rounding is nothing; an agent's share may be as small, for clipping makes it so where its factors are large.
        terms.Add("(broadcast)", Math.Abs(fromBroadcast) > Negligible ? fromBroadcast : 0, broadcast);
        if (terms.momentum is not null)
        {
            terms.entries.Add((new UpdateTerm("(momentum)", options.ServerRate * options.Momentum, 1), null));
        }

        return terms;
    }

    /// <summary>The factors of one module, in the order of <see cref="Entries"/>.</summary>
    public IReadOnlyList<LoraFactors> FactorsOf(string module) =>
        [.. entries.Select(entry => entry.Adapter is { } adapter ? adapter.Modules[module] : momentum![module])];

    /// <summary>One value for each entry that has saved tensors.</summary>
    public IEnumerable<(double Share, LoraAdapter Adapter)> WithSaved() =>
        entries.Where(entry => entry.Adapter is not null).Select(entry => (entry.Term.Share, entry.Adapter!));

    /// <summary>M = β·M_before + Σ wᵤcᵤs(τᵤ)(Pᵤ − startᵤ), kept at twice the broadcast rank; null where momentum is off.</summary>
    public IReadOnlyDictionary<string, LoraFactors>? NextMomentum(AggregationOptions options, int round)
    {
        if (options.Momentum <= 0)
        {
            return null;
        }

        // The target is P₀ + η·M: M has the same terms over η, with the broadcast product taken away once.
        var kept = new SortedDictionary<string, LoraFactors>(StringComparer.Ordinal);
        foreach ((string name, LoraFactors factors) in broadcast.Modules)
        {
            LoraFactors[] sources = [.. FactorsOf(name), factors];
            double[] coefficients = [.. entries.Select(entry => entry.Term.Share * entry.Term.Scale / options.ServerRate), -1 / options.ServerRate];
            kept.Add(name, MomentumFactors.Of(sources, coefficients, name, round, options));
        }

        return kept;
    }

    private void Add(string label, double share, LoraAdapter adapter)
    {
        if (share != 0)
        {
            entries.Add((new UpdateTerm(label, share, adapter.Settings.Scale / broadcast.Settings.Scale), adapter));
        }
    }
}
