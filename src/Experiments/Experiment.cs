using EdgeFlora.Aggregation;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Experiments;

/// <summary>Which methods are compared, on what data, how often: an experiment file that has been read and found right.</summary>
public sealed record Experiment
{
    /// <summary>For people; 1 … 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What it is meant to show; for people.</summary>
    public string? Note { get; init; }

    /// <summary>Folder of the base model; null: the one that comes with EdgeFlora.</summary>
    public string? Model { get; init; }

    /// <summary>Where the texts are; null: the demo's, out of the .NET SDK's documentation.</summary>
    public DataFiles? Data { get; init; }

    /// <summary>Training texts used, drawn at random if there are more; 0: all of them.</summary>
    public int MostTraining { get; init; }

    /// <summary>Test texts used, drawn at random if there are more; 0: all of them.</summary>
    public int MostTest { get; init; }

    /// <summary>Fraction of its texts on which an agent measures, 0 … below 1.</summary>
    public double HeldOut { get; init; } = 0.2;

    /// <summary>Each is a repetition with another split, first adapter and order of batches.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    public required int Rounds { get; init; }

    /// <summary>What is compared.</summary>
    public required IReadOnlyList<Method> Methods { get; init; }

    /// <summary>Under which conditions.</summary>
    public required IReadOnlyList<Regime> Regimes { get; init; }

    /// <summary>Whether agents are also trained alone, and all data in one place.</summary>
    public bool Baselines { get; init; } = true;

    public LoraOptions Lora { get; init; } = new();

    public TrainingOptions Training { get; init; } = new();

    /// <summary>What all methods have in common of merging.</summary>
    public AggregationOptions Aggregation { get; init; } = new();

    /// <summary>The same on little data in few rounds: whether it works, not what comes out.</summary>
    public Experiment Small() => this with
    {
        MostTraining = MostTraining > 0 ? Math.Min(MostTraining, SmallTraining) : SmallTraining,
        MostTest = MostTest > 0 ? Math.Min(MostTest, SmallTest) : SmallTest,
        Rounds = Math.Min(Rounds, 2),
        Seeds = [.. Seeds.Take(1)],
        Regimes =
        [
            .. Regimes.Select(regime => regime with { Agents = Math.Min(regime.Agents, 3), Steps = Math.Min(regime.Steps, 3), Share = 1 }).Distinct(),
        ],
    };

    private const int SmallTraining = 96;
    private const int SmallTest = 48;
}
