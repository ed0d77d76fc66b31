namespace EdgeFlora.Aggregation.Products.Truncation;

/// <summary>Chooses how to find the leading triplets of one module's update, from the operations and bytes each way takes.</summary>
/// <remarks>Rates are what the kernels reach on one core with 512-bit vectors, rounded; only their ratios matter.</remarks>
internal static class CostModel
{
    private const double DoubleRate = 3e9;
    private const double ThinRate = 40e9;
    private const double WideRate = 120e9;
    private const double BytesPerSecond = 2e9;

    // Subspace iteration: the start, and a step each way before the first test that can end it.
    private const int TypicalReadings = 3;

    /// <summary>Exact answers in double precision are preferred while they cost less than this many seconds a module.</summary>
    private const double ExactWhileBelow = 0.03;

    /// <summary>Largest Σr of the exact way; its (Σr)³ grows beyond all others.</summary>
    private const int MostExactRank = 320;

    /// <summary>Bytes the formed matrix may take.</summary>
    private const long MostFormedBytes = 512L << 20;

    /// <summary>The method for an update of agents whose ranks sum to <paramref name="totalRank"/>.</summary>
    /// <param name="resident">Whether the factors are in memory; else each reading costs the disk's time.</param>
    public static TruncationMethod Choose(int outputs, int inputs, int totalRank, int rank, int threads, bool resident)
    {
        if (totalRank <= MostExactRank && SecondsQr(outputs, inputs, totalRank) <= ExactWhileBelow)
        {
            return TruncationMethod.Qr;
        }

        double randomised = SecondsRandomised(outputs, inputs, totalRank, rank, threads, resident);
        bool fits = (long)outputs * inputs * sizeof(float) <= MostFormedBytes;
        return fits && SecondsDense(outputs, inputs, totalRank, rank, threads, resident) < randomised
            ? TruncationMethod.Dense
            : TruncationMethod.Randomised;
    }

    public static double SecondsQr(int outputs, int inputs, int totalRank) =>
        ((4.0 * (outputs + inputs) * totalRank * totalRank) + (24.0 * totalRank * totalRank * totalRank)) / DoubleRate;

    public static double SecondsRandomised(int outputs, int inputs, int totalRank, int rank, int threads, bool resident)
    {
        double width = RandomisedTruncation.WidthFor(rank);
        double products = 2.0 * totalRank * width * ((double)outputs + inputs) / (ThinRate * threads);
        return TypicalReadings * (products + Reading(outputs, inputs, totalRank, resident));
    }

    public static double SecondsDense(int outputs, int inputs, int totalRank, int rank, int threads, bool resident)
    {
        double width = RandomisedTruncation.WidthFor(rank);
        double forming = 2.0 * outputs * inputs * totalRank / (WideRate * threads);
        double steps = TypicalReadings * 2.0 * outputs * inputs * width / (ThinRate * threads);
        return forming + steps + Reading(outputs, inputs, totalRank, resident);
    }

    private static double Reading(int outputs, int inputs, int totalRank, bool resident) =>
        resident ? 0 : sizeof(float) * (double)totalRank * (outputs + inputs) / BytesPerSecond;
}
