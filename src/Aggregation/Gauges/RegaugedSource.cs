using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Gauges;

/// <summary>Brings factors that have left the broadcast gauge back to it, their product kept.</summary>
/// <remarks>
/// Rotated, flipped or rescaled factors have the same product but ruin an average of factors. Harmless causes: compression by singular values, another PEFT library, a merged checkpoint.
/// The error of averages is Σ wᵤ(Bᵤ − B̄)(Aᵤ − Ā), so an agent's part in it is at most ‖Bᵤ − B‖·‖Aᵤ − A‖, here from the broadcast factors. Only a turn that makes this
/// smaller is a repair: training that honestly went far leaves A where no turn brings it back, and what A would come nearer by, B would go away.
/// </remarks>
internal sealed class RegaugedSource : IFactorSource
{
    // Looking costs a few small matrices an agent, so only those are looked at whose A stands at an angle or is of another length.
    private const double LeastCosine = 0.7;
    private const double LargestRatio = 5;

    // Honest agents as far as that gain nothing, turned ones a multiple.
    private const double ClearGain = 0.8;

    private readonly IFactorSource source;
    private readonly GaugeTurn?[] turns;

    private RegaugedSource(IFactorSource source, GaugeTurn?[] turns)
    {
        this.source = source;
        this.turns = turns;
    }

    public int Count => source.Count;

    public int Outputs => source.Outputs;

    public int Inputs => source.Inputs;

    public int Batch => source.Batch;

    /// <summary>The source itself if all its factors are in the broadcast gauge, and which were not.</summary>
    /// <param name="scales">Each entry's scale over the published one, which its B stands in.</param>
    public static (IFactorSource Source, bool[] Repaired) Of(IFactorSource source, Survey survey, LoraFactors broadcast, double[] scales)
    {
        double reference = Math.Sqrt(Gram.OfRows(broadcast.A).Trace());
        var turns = new GaugeTurn?[source.Count];
        for (int i = 0; i < source.Count && reference > 0; i++)
        {
            double length = survey.LengthsA[i];
            bool far = length > 0
                && (survey.AlongA[i] < LeastCosine * length * reference || length > LargestRatio * reference || length * LargestRatio < reference);
            turns[i] = far && source.RankOf(i) == broadcast.Rank ? Repair(source.Load(i), scales[i], broadcast) : null;
        }

        bool[] repaired = [.. turns.Select(turn => turn is not null)];
        return repaired.Contains(true) ? (new RegaugedSource(source, turns), repaired) : (source, repaired);
    }

    public int RankOf(int index) => source.RankOf(index);

    public LoraFactors Load(int index)
    {
        LoraFactors factors = source.Load(index);
        return turns[index]?.Of(factors) ?? factors;
    }

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
