using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Products;
using EdgeFlora.Aggregation.Products.Truncation;
using EdgeFlora.Aggregation.Strategies.FloraNA;

namespace EdgeFlora.Aggregation.Strategies;

/// <summary>One module's part of a round: the agents' factors with their weights, and what strategies ask about their ideal update.</summary>
internal sealed class ModuleProblem
{
    private readonly Lazy<TruncatedUpdate> truncated;
    private readonly Lazy<NearlyAccurateSolution> scalars;

    // T over the map's: a power of two, one for factors of usual size.
    private readonly double product;

    /// <param name="terms">One for each entry of <paramref name="source"/>.</param>
    public ModuleProblem(
        string name, LoraFactors broadcast, IFactorSource source, IReadOnlyList<UpdateTerm> terms, int round, AggregationOptions options)
    {
        Name = name;
        Broadcast = broadcast;
        Weights = [.. terms.Select(term => term.Share)];
        Labels = [.. terms.Select(term => term.Label)];
        Round = round;
        Options = options;
        Coefficients = [.. terms.Select(term => term.Share * term.Scale)];
        Survey = Survey.Of(source, Coefficients, Weights, broadcast, options.Threads);
        Scales = FactorScales.Of(Survey.LengthsA, Survey.LengthsB, Weights, Coefficients);
        Sent = new IdealUpdate(source, Coefficients, options.Threads, UnitFor(Survey));
        Target = Scales is null ? Sent : Scaled(Scales);
        product = Scales?.Product ?? 1;
        Method = options.Method
            ?? CostModel.Choose(source.Outputs, source.Inputs, Target.TotalRank, WantedRank, options.Threads, source.Batch >= source.Count);
        truncated = new Lazy<TruncatedUpdate>(Truncate);
        scalars = new Lazy<NearlyAccurateSolution>(() => FloraNaSolver.Solve(this));
    }

    public string Name { get; }

    /// <summary>The factors agents started from.</summary>
    public LoraFactors Broadcast { get; }

    /// <summary>wᵤ, the share of each entry; they sum to 1 and may be negative.</summary>
    public double[] Weights { get; }

    /// <summary>Who each entry is from, for messages.</summary>
    public string[] Labels { get; }

    /// <summary>wᵤ·sᵤ/s: what each product counts in the ideal update.</summary>
    public double[] Coefficients { get; }

    public int Round { get; }

    public AggregationOptions Options { get; }

    public Survey Survey { get; }

    /// <summary>The ideal update T of the factors as they are.</summary>
    public IdealUpdate Sent { get; }

    /// <summary>
    /// T up to a power of two, of factors near one: what to compute with in single precision. <see cref="Sent"/> itself for factors of usual size.
    /// </summary>
    public IdealUpdate Target { get; }

    /// <summary>What the factors of <see cref="Target"/> were scaled by; null for factors of usual size.</summary>
    public FactorScales? Scales { get; }

    public IFactorSource Source => Sent.Source;

    public TruncationMethod Method { get; }

    /// <summary>Plain averages of A and B, at the broadcast rank.</summary>
    public LoraFactors Mean => Padding.ToRank(Survey.Mean, Broadcast.Rank);

    public TruncatedUpdate Truncated => truncated.Value;

    /// <summary>FLoRA-NA's scalars; solved once, whoever asks.</summary>
    public NearlyAccurateSolution Scalars => scalars.Value;

    /// <summary>‖T‖².</summary>
    public double Energy => Truncated.Energy;

    /// <summary>Whether all products are computed in double precision, so that small errors are exact.</summary>
    public bool IsExact => Method == TruncationMethod.Qr;

    /// <summary>‖mean product − T‖ / ‖T‖.</summary>
    public double ErrorOfMean => RelativeError(Survey.Mean, IsExact || Scales is not null ? null : Truncated.StartImages);

    /// <summary>The Eckart–Young bound at the published rank.</summary>
    public double Bound => Math.Sqrt(Truncated.TailEnergy(Broadcast.Rank));

    private int WantedRank => Math.Min(Broadcast.Rank + Options.ResidualRank, Math.Min(Broadcast.Outputs, Broadcast.Inputs));

    /// <summary>
    /// Gives the memory of triplets and means back. Results must not share that of the triplets, and nothing may be asked afterwards.
    /// </summary>
    /// <param name="published">What the merge publishes; may be the mean, or one factor of it.</param>
    public void Release(LoraFactors published)
    {
        Survey.Release(published);
        if (truncated.IsValueCreated)
        {
            Truncated.Release();
        }
    }

    /// <summary>‖B·A − T‖ / ‖T‖; 0 for T = 0 and a zero product.</summary>
    /// <param name="images">T·a for each row a of A [rank × outputs], in the unit of <see cref="Target"/>, where they are known.</param>
    public double RelativeError(LoraFactors candidate, Matrix? images = null)
    {
        double norm = ProductGeometry.Energy(candidate);
        if (!(Energy > 0))
        {
            return norm > 0 ? 1 : 0;
        }

        double along = IsExact ? ExactAlong(candidate) : Along(candidate, images);
        return Math.Sqrt(Math.Max(0, Energy - (2 * along) + norm) / Energy);
    }

    /// <summary>⟨T, B·A⟩ in double precision throughout.</summary>
    private double ExactAlong(LoraFactors candidate)
    {
        double sum = 0;
        Target.ForEachBatch((first, batch) =>
        {
            for (int i = 0; i < batch.Length; i++)
            {
                sum += Target.Coefficients[first + i] * ProductGeometry.InnerProduct(batch[i], candidate);
            }
        });
        return product * sum;
    }

    // ⟨T, BA⟩ = ⟨TAᵀ, B⟩; images are in the unit of the map, and vectors of unit length go through it, so that single precision holds them whatever
    // the scale of the factors.
    private double Along(LoraFactors candidate, Matrix? images)
    {
        double scale = 1;
        if (images is null)
        {
            scale = Math.Sqrt(Gram.OfRows(candidate.A).Trace());
            images = scale > 0
                ? Target.Apply(new VectorBlock(Difference.Of(candidate.A, 1 / scale, candidate.A, 0))).Rows
                : new Matrix(candidate.Rank, candidate.Outputs);
        }

        return scale * Gram.OfRows(Transposition.Of(candidate.B), images).Trace() / Target.Unit * product;
    }

    private TruncatedUpdate Truncate()
    {
        if (Method == TruncationMethod.Qr)
        {
            TruncatedUpdate exact = QrTruncation.Of(Target);
            return Scales is null ? exact : InUnitOfT(exact, 1);
        }

        SeededRandom random = SeededRandom.For(Options.Seed, Name, Round);
        TruncatedUpdate scaled;
        if (Method == TruncationMethod.Dense)
        {
            var formed = FormedUpdate.Of(Target);
            scaled = RandomisedTruncation.Of(formed, Survey.Mean.A, WantedRank, formed.Energy, random, Options.Threads, Method);
        }
        else
        {
            double? energy = UpdateEnergy.IsCheap(Target) ? UpdateEnergy.Of(Target) : null;
            scaled = RandomisedTruncation.Of(Target, Survey.Mean.A, WantedRank, energy, random, Options.Threads, Method);
        }

        return InUnitOfT(scaled, Target.Unit);
    }

    private TruncatedUpdate InUnitOfT(TruncatedUpdate scaled, double unit) => scaled with
    {
        Triplets = scaled.Triplets with { Sigma = [.. scaled.Triplets.Sigma.Select(s => s / unit * product)] },
        Energy = scaled.Energy / (unit * unit) * product * product,
        EnergyMargin = scaled.EnergyMargin / (unit * unit) * product * product,
    };

    // Scaled factors are near one, so the largest coefficient sets the size of the map.
    private IdealUpdate Scaled(FactorScales scales)
    {
        double[] coefficients = scales.Coefficients(Coefficients);
        double largest = coefficients.Max(Math.Abs);
        return new IdealUpdate(scales.Source(Sent.Source), coefficients, Options.Threads, largest > 0 ? 1 / largest : 1);
    }

    // Lengths below the floor count as the floor, for one over a denormal length times the other factor would overflow.
    private static double UnitFor(Survey survey)
    {
        const double Floor = 1e-30;
        return 1 / (Math.Max(survey.LengthsA.Max(), Floor) * Math.Max(survey.LengthsB.Max(), Floor));
    }
}
