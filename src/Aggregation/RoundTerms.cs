using EdgeFlora.Adapters;
using EdgeFlora.Aggregation.Ranks;

namespace EdgeFlora.Aggregation;

/// <summary>The terms of a round's ideal update, the same list for every module.</summary>
/// <remarks>
/// With broadcast product P₀ the target is P₀ + η·Σ wᵤ·cᵤ·s(τᵤ)·(Pᵤ − startᵤ): clipping (c), staleness (s = 1/√(1+τ), as FedBuff, arXiv 2106.06639)
/// and server rate η only re-weight terms and add the broadcast adapter and the stale starts as terms of their own. Nothing of the kind in use: one
/// term for each agent, and nothing else. Where agents have different ranks the same holds for each range of components with shares of its own
/// (<see cref="HolderShares"/>), and the shares of whole terms are those of the first, which all hold.
/// </remarks>
internal sealed class RoundTerms
{
    private const string Broadcast = "(broadcast)";
    private const double Negligible = 1e-12;

    private readonly List<(UpdateTerm Term, LoraAdapter Adapter)> entries = [];
    private readonly List<TermPart> parts = [];
    private readonly LoraAdapter broadcast;

    private RoundTerms(LoraAdapter broadcast, IReadOnlyList<AgentWeight> weights)
    {
        this.broadcast = broadcast;
        Weights = weights;
    }

    public IReadOnlyList<UpdateTerm> Entries => [.. entries.Select(entry => entry.Term)];

    public IReadOnlyList<AgentWeight> Weights { get; }

    /// <summary>What to cut the factors of <see cref="Entries"/> into, where agents have different ranks; null where they count as a whole.</summary>
    public IReadOnlyList<TermPart>? Parts => parts.Count > 0 ? parts : null;

    /// <param name="weights">One for each of <paramref name="sorted"/>.</param>
    /// <param name="rate">η.</param>
    public static RoundTerms Of(AggregationOptions options, LoraAdapter broadcast, Update[] sorted, IReadOnlyList<AgentWeight> weights, double rate)
    {
        var terms = new RoundTerms(broadcast, weights);
        if (options.MixedRanks && sorted.Any(update => update.Adapter.Settings.Rank != broadcast.Settings.Rank))
        {
            terms.AddByHolders(options, sorted, rate);
        }
        else
        {
            terms.AddWhole(sorted, rate);
        }

        return terms;
    }

    /// <summary>The factors of one module, in the order of <see cref="Entries"/>.</summary>
    public IReadOnlyList<LoraFactors> FactorsOf(string module) =>
        [.. entries.Select(entry => entry.Adapter.Modules[module])];

    /// <summary>The adapter of each entry with its share, for tensors trained in full.</summary>
    public IEnumerable<(double Share, LoraAdapter Adapter)> WithSaved() => entries.Select(entry => (entry.Term.Share, entry.Adapter));

    private void AddWhole(Update[] sorted, double rate)
    {
        double fromBroadcast = 1;
        for (int i = 0; i < sorted.Length; i++)
        {
            double share = rate * Weights[i].Share * Weights[i].Clip;
            Add(sorted[i].AgentId, share, sorted[i].Adapter);
            if (sorted[i].Start is { } start)
            {
                Add(UpdateTerm.StartOf(sorted[i].AgentId), -share, start);
            }
            else
            {
                fromBroadcast -= share;
            }
        }

        Add(Broadcast, Remainder(fromBroadcast), broadcast);
    }

    private void AddByHolders(AggregationOptions options, Update[] sorted, double rate)
    {
        IReadOnlyList<(ComponentRange Components, double[] Shares)> ranges =
            HolderShares.Of(options, sorted, [.. Weights.Select(weight => weight.Clip)], broadcast.Settings.Rank, rate);
        double[] fromBroadcast = [.. ranges.Select(_ => 1.0)];
        for (int i = 0; i < sorted.Length; i++)
        {
            double[] shares = [.. ranges.Select(range => range.Shares[i])];
            AddParts(sorted[i].AgentId, sorted[i].Adapter, shares);
            if (sorted[i].Start is { } start)
            {
                AddParts(UpdateTerm.StartOf(sorted[i].AgentId), start, [.. shares.Select(share => -share)]);
            }
            else
            {
                fromBroadcast = [.. fromBroadcast.Zip(shares, (left, share) => left - share)];
            }
        }

        AddParts(Broadcast, broadcast, [.. fromBroadcast.Select(Remainder)]);

        void AddParts(string label, LoraAdapter adapter, double[] shares)
        {
            if (Array.TrueForAll(shares, share => share == 0))
            {
                return;
            }

            parts.AddRange(ranges.Select((range, k) => new TermPart(entries.Count, range.Components, shares[k])).Where(part => part.Share != 0));
            entries.Add((new UpdateTerm(label, shares[0], adapter.Settings.Scale / broadcast.Settings.Scale), adapter));
        }
    }

    // What is left of 1 by rounding is nothing; an agent's share may be as small, for clipping makes it so where its factors are large.
    private static double Remainder(double share) => Math.Abs(share) > Negligible ? share : 0;

    private void Add(string label, double share, LoraAdapter adapter)
    {
        if (share != 0)
        {
            entries.Add((new UpdateTerm(label, share, adapter.Settings.Scale / broadcast.Settings.Scale), adapter));
        }
    }
}
