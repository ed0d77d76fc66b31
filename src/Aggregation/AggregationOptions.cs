using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation;

/// <summary>
/// How updates become the global adapter. Same options, same inputs: same bits, whatever the order of arrival and the number of threads.
/// </summary>
public sealed record AggregationOptions
{
    private readonly ServerStep? serverStep;

    /// <summary>A name of the registry of strategies. Default <c>FloraNA</c>.</summary>
    public string Strategy { get; init; } = "FloraNA";

    /// <summary>Other strategies for modules by name pattern; the first match counts.</summary>
    public IReadOnlyList<ModuleStrategy> ModuleStrategies { get; init; } = [];

    /// <summary>How products are split into factors, for strategies that leave it open. Default <see cref="Gauge.Principal"/>.</summary>
    public Gauge Gauge { get; init; } = Gauge.Principal;

    /// <summary>β of wᵤ ∝ nᵤ^β: 1 weighs agents by examples, 0 all alike. 0 … 2.</summary>
    public double WeightExponent { get; init; } = 1;

    /// <summary>
    /// Largest share of one agent, in multiples of an equal share: with 3 and 30 agents none counts more than a tenth. 0 for no cap, else ≥ 1.
    /// </summary>
    public double WeightCap { get; init; }

    /// <summary>
    /// Updates whose change of the broadcast adapter is longer than this many times the median are shortened to it. 0 for no clipping, else ≥ 1.
    /// </summary>
    public double ClipFactor { get; init; } = 3;

    /// <summary>Re-weighting against hostile or broken updates, beyond clipping.</summary>
    public RobustRule Robust { get; init; }

    /// <summary>Share of agents the robust rule must survive; 0 … 0.49.</summary>
    public double HostileShare { get; init; } = 0.2;

    /// <summary>Triplets folded into the base by <c>FedExLora</c>; 0 folds the whole residual. 0 … 1024.</summary>
    public int ResidualRank { get; init; }

    /// <summary>For <c>OptimalRank</c>: the fraction of ‖T‖² to keep, at a rank up to the broadcast one; 1 keeps that rank.</summary>
    public double KeptEnergy { get; init; } = 1;

    /// <summary>Whether <c>FloraNA</c> descends with Adam as its paper says, instead of alternating least squares.</summary>
    public bool PaperLiteral { get; init; }

    /// <summary>
    /// Whether FLoRA-NA's error is reported beside a strategy that does not use it: always, or never unless it costs nothing. Default (null): up to
    /// 1,024 agents, for above it is found with many readings of all of them, which takes minutes.
    /// </summary>
    public bool? CompareFloraNa { get; init; }

    /// <summary>Proximal pull of <c>FloraNA</c>'s solver; 1e-8 … 1e-2. Use 1e-4 for updates rounded to four bits.</summary>
    public double Ridge { get; init; } = 1e-8;

    /// <summary>
    /// How the global adapter moves towards the aggregate. Default: <see cref="ServerStep.Momentum"/> where <see cref="Momentum"/> is above 0, else
    /// <see cref="ServerStep.Fixed"/>.
    /// </summary>
    public ServerStep ServerStep
    {
        get => serverStep ?? (Momentum > 0 ? ServerStep.Momentum : ServerStep.Fixed);
        init => serverStep = value;
    }

    /// <summary>
    /// β₁, the share of earlier steps that is carried on, 0 (none) … 0.99; for <see cref="ServerStep.Momentum"/>,
    /// <see cref="ServerStep.FedAdam"/> and <see cref="ServerStep.FedYogi"/>.
    /// </summary>
    public double Momentum { get; init; }

    /// <summary>
    /// η, the length of the server's step in product space; 1 publishes the aggregate itself. Above 0, at most 2. Of <see cref="ServerStep.FedAdam"/>
    /// and <see cref="ServerStep.FedYogi"/> it is about what each weight moves by in a round; <see cref="ServerStep.FedExp"/> finds its own.
    /// </summary>
    public double ServerRate { get; init; } = 1;

    /// <summary>β₂, the share of the second moment that is carried on, 0 … 0.9999; for FedAdam and FedYogi.</summary>
    public double SecondMoment { get; init; } = 0.99;

    /// <summary>What keeps steps finite, above 0, at most 1: τ of FedAdam and FedYogi, in weights; ε of FedExP, in squared length.</summary>
    public double ServerEpsilon { get; init; } = 1e-3;

    /// <summary>Whether rows of a classification head are averaged by the agents' examples of that label.</summary>
    public bool PerClassHeads { get; init; }

    /// <summary>
    /// Whether agents train read-outs of the broadcast adapter at ranks of their own (<see cref="Ranks.RankReadOut"/>): then component j means the
    /// same in all updates, and each is averaged over those who hold it. Otherwise lower ranks count as padded with zeros.
    /// </summary>
    public bool MixedRanks { get; init; }

    /// <summary>How leading triplets are found; null lets the cost model choose.</summary>
    public TruncationMethod? Method { get; init; }

    /// <summary>Bytes of one block when <c>FloraNA</c> solves without pairwise blocks.</summary>
    public long GramFreeBytes { get; init; } = 64L << 20;

    /// <summary>Seed of random directions and re-initialised factors.</summary>
    public ulong Seed { get; init; }

    /// <summary>Most threads at work; the result is the same for any number. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
