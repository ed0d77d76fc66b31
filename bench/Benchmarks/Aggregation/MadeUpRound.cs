using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Benchmarks.Aggregation;

/// <summary>
/// Agents of one module that drifted from a shared start (B₀ = 0): a common step times a log-normal size, steps of twelve domains, and a private step.
/// Made anew from its seed at every loading, so that ten thousand agents take no memory.
/// </summary>
internal sealed class MadeUpRound : IFactorSource
{
    private const int Domains = 12;
    private readonly int rank;
    private readonly double drift;
    private readonly ulong seed;
    private readonly double shared;
    private readonly double alone;
    private readonly LoraFactors common;
    private readonly LoraFactors[] domains;

    /// <param name="spread">Deviation of the logarithm of step sizes and weights.</param>
    /// <param name="later">Whether B has left zero before the round.</param>
    /// <param name="domainShare">Share of a private step's energy that the agents of a domain have in common.</param>
    public MadeUpRound(int agents, int rank, int size, double drift, double spread, ulong seed, int batch, bool later = false, double domainShare = 0.5)
    {
        (Count, Outputs, Inputs, Batch) = (agents, size, size, batch);
        (this.rank, this.drift, this.seed) = (rank, drift, seed);
        (shared, alone) = (Math.Sqrt(domainShare), Math.Sqrt(1 - domainShare));
        var random = SeededRandom.For(seed, "start");
        Start = new LoraFactors(Gaussian(rank, size, 1 / Math.Sqrt(3.0 * size), random), later ? Gaussian(size, rank, 0.1, random) : new Matrix(size, rank));
        common = Step(SeededRandom.For(seed, "common"));
        domains = [.. Enumerable.Range(0, Domains).Select(i => Step(SeededRandom.For(seed, "domain", i)))];
        Sizes = [.. Enumerable.Range(0, agents).Select(u => Math.Exp(spread * SeededRandom.For(seed, "size", u).NextGaussian()))];
        double[] examples = [.. Enumerable.Range(0, agents).Select(u => Math.Exp(spread * SeededRandom.For(seed, "examples", u).NextGaussian()))];
        Weights = Weighting.Shares(examples, 1, 0);
    }

    public int Count { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    public int Batch { get; }

    public LoraFactors Start { get; }

    public double[] Weights { get; }

    private double[] Sizes { get; }

    public int RankOf(int index) => rank;

    public LoraFactors Load(int index)
    {
        LoraFactors own = Step(SeededRandom.For(seed, "own", index));
        LoraFactors domain = domains[index % Domains];
        return new LoraFactors(
            Sum(Start.A, Sizes[index], common.A, domain.A, own.A),
            Sum(Start.B, Sizes[index], common.B, domain.B, own.B));
    }

    public IReadOnlyList<LoraFactors> InMemory()
    {
        var loaded = new LoraFactors[Count];
        Parallel.For(0, Count, i => loaded[i] = Load(i));
        return loaded;
    }

    private LoraFactors Step(SeededRandom random) =>
        new(Gaussian(rank, Inputs, 0.1 / Math.Sqrt(Inputs), random), Gaussian(Outputs, rank, 0.02, random));

    private Matrix Sum(Matrix start, double size, Matrix common, Matrix domain, Matrix own)
    {
        var sum = new Matrix(start.Rows, start.Columns);
        for (int i = 0; i < sum.Values.Length; i++)
        {
            double away = drift * ((shared * domain.Values[i]) + (alone * own.Values[i]));
            sum.Values[i] = (float)(start.Values[i] + (size * (common.Values[i] + away)));
        }

        return sum;
    }

    // Sums of uniform values: near enough to a normal distribution, and ten times as fast to draw.
    private static Matrix Gaussian(int rows, int columns, double scale, SeededRandom random)
    {
        var matrix = new Matrix(rows, columns);
        float factor = (float)(scale * Math.Sqrt(3));
        foreach (ref float value in matrix.Values)
        {
            ulong bits = random.NextUInt64();
            float sum = (ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48);
            value = factor * ((sum / 65536f) - 2);
        }

        return matrix;
    }
}
