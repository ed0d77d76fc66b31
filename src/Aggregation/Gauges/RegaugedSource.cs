using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>Brings factors that have left the broadcast gauge back to it, their product kept.</summary>
/// <remarks>
/// Rotated, flipped or rescaled factors have the same product but ruin an average of factors. Harmless causes: compression by singular values,
/// another PEFT library, a merged checkpoint. The error of averages is Σ wᵤ(Bᵤ − B̄)(Aᵤ − Ā), so an agent's part in it is at most ‖Bᵤ − B‖·‖Aᵤ − A‖,
/// here from the broadcast factors. Only a turn that makes this smaller is a repair: training that honestly went far leaves A where no turn brings it
/// back, and what A would come nearer by, B would go away. Where no turn helps and a factor is still several times longer than the others' and than
/// its product makes it (A = 1e6, B = 1e-30), it is split anew (<see cref="BoundedSplit"/>): an agent moves an average of factors by what its product
/// is, not by how it writes it.
/// </remarks>
internal sealed class RegaugedSource : IFactorSource
{
    // Looking costs a few small matrices an agent, so only those are looked at whose A stands at an angle or is of another length.
    private const double LeastCosine = 0.7;
    private const double LargestRatio = 5;

    // Honest agents as far as that gain nothing, turned ones a multiple.
    private const double ClearGain = 0.8;

    private readonly IFactorSource source;
    private readonly LoraFactors[] starts;
    private readonly GaugeTurn?[] turns;
    private readonly bool[] splits;

    private RegaugedSource(IFactorSource source, LoraFactors[] starts, GaugeTurn?[] turns, bool[] splits)
    {
        this.source = source;
        this.starts = starts;
        this.turns = turns;
        this.splits = splits;
    }

    public int Count => source.Count;

    public int Outputs => source.Outputs;

    public int Inputs => source.Inputs;

    public int Batch => source.Batch;

    /// <summary>The source itself if all its factors are in the broadcast gauge, and which were not.</summary>
    /// <param name="scales">Each entry's scale over the published one, which its B stands in.</param>
    /// <param name="wantsOneGauge">Whether all are to be in one gauge; else only factors far too long for their product are split anew.</param>
    public static (IFactorSource Source, bool[] Repaired) Of(
        IFactorSource source, Survey survey, LoraFactors broadcast, double[] scales, bool wantsOneGauge)
    {
        double reference = LengthOf(broadcast.A);
        var turns = new GaugeTurn?[source.Count];
        if (!(reference > 0))
        {
            return (source, new bool[source.Count]);
        }

        LoraFactors[] starts = Starts(source, broadcast);

        double[] lengthsA = [.. survey.LengthsA];
        double[] lengthsB = [.. survey.LengthsB.Zip(scales, (length, scale) => length * Math.Abs(scale))];
        for (int i = 0; i < source.Count; i++)
        {
            double length = survey.LengthsA[i];
            double start = ReferenceEquals(starts[i], broadcast) ? reference : LengthOf(starts[i].A);
            bool far = wantsOneGauge && length > 0
                && (survey.AlongA[i] < LeastCosine * length * start || length > LargestRatio * start || length * LargestRatio < start);
            if (far && source.RankOf(i) == starts[i].Rank && Repair(source.Load(i), scales[i], starts[i]) is { } turn)
            {
                turns[i] = turn;
                LoraFactors turned = turn.Of(source.Load(i));
                lengthsA[i] = LengthOf(turned.A);
                lengthsB[i] = LengthOf(turned.B) * Math.Abs(scales[i]);
            }
        }

        bool[] splits = TooLong(source, lengthsA, lengthsB, broadcast, reference, scales, starts);
        for (int i = 0; i < source.Count; i++)
        {
            turns[i] = splits[i] ? null : turns[i];
        }

        bool[] repaired = [.. turns.Select((turn, i) => splits[i] || turn is not null)];
        return repaired.Contains(true) ? (new RegaugedSource(source, starts, turns, splits), repaired) : (source, repaired);
    }

    public int RankOf(int index) => source.RankOf(index);

    public LoraFactors Load(int index)
    {
        LoraFactors factors = source.Load(index);
        return splits[index] ? BoundedSplit.Of(factors, starts[index]) : turns[index]?.Of(factors) ?? factors;
    }

    /// <summary>
    /// Whether a merge's factors came out far longer than those they were made of: scalars fitted to products leave open how long either is.
    /// </summary>
    public static bool IsTooLong(LoraFactors merged, LoraFactors mean, LoraFactors broadcast)
    {
        double reference = Math.Max(LengthOf(broadcast.A), LengthOf(mean.A));
        return LengthOf(broadcast.A) > 0
            && !(LengthOf(merged.A) <= LargestRatio * reference)
            && BoundedSplit.LengthOfB(merged, broadcast) < BoundedSplit.MostLength;
    }

    /// <summary>
    /// Whose factors are written far longer than their product asks for: an A beyond the others' and the broadcast one, or a B beyond the others' and
    /// its product's length.
    /// </summary>
    private static bool[] TooLong(
        IFactorSource source, double[] lengthsA, double[] lengthsB, LoraFactors broadcast, double reference, double[] scales, LoraFactors[] starts)
    {
        double mostA = LargestRatio * Math.Max(reference, LowerMedian.Of([.. lengthsA.Where(length => length > 0)]));
        double mostB = LargestRatio * Math.Max(LengthOf(broadcast.B), LowerMedian.Of([.. lengthsB.Where(length => length > 0)]));
        var tooLong = new bool[source.Count];
        for (int i = 0; i < source.Count; i++)
        {
            if (!(lengthsA[i] <= mostA) || !(lengthsB[i] <= mostB))
            {
                LoraFactors factors = source.Load(i);
                double needed = BoundedSplit.LengthOfB(factors, starts[i]);
                tooLong[i] = needed < BoundedSplit.MostLength
                    && (!(lengthsA[i] <= mostA) || !(lengthsB[i] <= LargestRatio * Math.Abs(scales[i]) * needed));
            }
        }

        return tooLong;
    }

    // The components of the broadcast adapter that each entry has as well.
    private static LoraFactors[] Starts(IFactorSource source, LoraFactors broadcast)
    {
        var byRank = new Dictionary<int, LoraFactors>();
        return [.. Enumerable.Range(0, source.Count).Select(i => OfRank(Math.Min(source.RankOf(i), broadcast.Rank)))];

        LoraFactors OfRank(int rank)
        {
            if (!byRank.TryGetValue(rank, out LoraFactors? start))
            {
                byRank.Add(rank, start = Padding.ToRank(broadcast, rank));
            }

            return start;
        }
    }

    private static double LengthOf(Matrix matrix) => Math.Sqrt(Widening.Dot(matrix.Values, matrix.Values));

    private static GaugeTurn? Repair(LoraFactors factors, double scale, LoraFactors broadcast)
    {
        GaugeTurn? turn = GaugeTurn.Towards(broadcast, factors);
        return turn is not null && Apart(turn.Of(factors), scale, broadcast) < ClearGain * Apart(factors, scale, broadcast) ? turn : null;
    }

    // Infinite factors are infinitely far: a turn that needs them is none.
    private static double Apart(LoraFactors factors, double scale, LoraFactors broadcast) =>
        Math.Sqrt(Squared(factors.A, 1, broadcast.A)) * Math.Sqrt(Squared(factors.B, scale, broadcast.B));

    private static double Squared(Matrix x, double scale, Matrix y)
    {
        ReadOnlySpan<float> xs = x.Values;
        ReadOnlySpan<float> ys = y.Values;
        double sum = 0;
        for (int i = 0; i < xs.Length; i++)
        {
            double apart = (scale * xs[i]) - ys[i];
            sum += apart * apart;
        }

        return sum;
    }
}
