using System.Globalization;
using System.Text.Json.Serialization;
using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Training;

/// <summary>How long and how fast an agent trains in one task. Same plan, same data, same start: same bits.</summary>
public sealed record TrainingPlan
{
    /// <summary>Optimiser steps; ≥ 1.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples per batch; ≥ 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>
    /// Batches whose gradients are summed for one optimiser step; ≥ 1. The loss is the mean over all of them, so this is one batch of
    /// <see cref="ExamplesPerStep"/> examples taken in parts. The portable engine, which cuts every batch into parts anyway, gives the same bits for
    /// either.
    /// </summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Peak learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>What turns gradients into steps.</summary>
    public OptimiserKind Optimiser { get; init; } = OptimiserKind.AdamW;

    /// <summary>Share of the last step that the next one keeps, 0 … below 1; for <see cref="OptimiserKind.Sgd"/> only.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether momentum looks one step ahead; for <see cref="OptimiserKind.Sgd"/> only.</summary>
    public bool Nesterov { get; init; }

    /// <summary>
    /// Weight decay on matrices; biases, norms and DoRA's magnitudes are exempt. Decoupled from the gradient in AdamW, added to it in SGD.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>Global gradient norm above which gradients are scaled down; 0 turns clipping off.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Fraction of the steps over which the rate rises from 0; it then follows <see cref="Schedule"/>.</summary>
    public double WarmupFraction { get; init; }

    /// <summary>What the rate does after the warm-up.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>
    /// τ of logit adjustment (arXiv 2007.07314): while training, τ·ln(share of the label among the examples) is added to each logit, and labels
    /// without an example are left out; so a model does not learn which labels happen to be frequent. 0 turns it off, 1 is the theory's choice.
    /// </summary>
    public double LogitAdjustment { get; init; }

    /// <summary>
    /// μ of FedProx (arXiv 1812.06127): μ·(value − value at the start) is added to the gradient of every trained value before it is clipped, so that
    /// long work does not go far from where it began. 0 turns it off; at most 1,000.
    /// </summary>
    public double Proximal { get; init; }

    /// <summary>
    /// What all steps together take off the trained values beside what the optimiser does, in the shape of the trained adapter; each step takes the
    /// share that its rate has of the sum of all rates (control variates, arXiv 1910.06378: η·K·(c − cᵢ)). Null: nothing.
    /// </summary>
    [JsonIgnore]
    public LoraAdapter? Correction { get; init; }

    /// <summary>Tokens a text is cut to, special tokens included.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Seed of batch order and dropout.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// Factors that stay bit by bit as the adapter has them; all others are trained. An engine that cannot hold one refuses the plan.
    /// </summary>
    public FrozenFactors Frozen { get; init; } = FrozenFactors.None;

    /// <summary>Threads for matrix products; the result is the same for any number.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How memory is saved, by an engine that can.</summary>
    public MemorySavings Savings { get; init; } = MemorySavings.None;

    /// <summary>Examples that one optimiser step trains on.</summary>
    public int ExamplesPerStep => BatchSize * Accumulate;

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Steps >= 1, nameof(Steps), Steps, "at least 1");
        Require(BatchSize is >= 1 and <= 65_536, nameof(BatchSize), BatchSize, "from 1 to 65536");
        Require(
            Accumulate >= 1 && (long)BatchSize * Accumulate <= 1_048_576,
            nameof(Accumulate),
            Accumulate,
            "at least 1, and at most 1048576 examples per step");
        Require(Enum.IsDefined(Optimiser), nameof(Optimiser), (int)Optimiser, "AdamW or Sgd");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "from 0 to below 1");
        Require(!Nesterov || Momentum > 0, nameof(Momentum), Momentum, "above 0 with Nesterov");
        Require(Enum.IsDefined(Schedule), nameof(Schedule), (int)Schedule, "Constant, Linear or Cosine");
        Require(double.IsFinite(LearningRate) && LearningRate > 0, nameof(LearningRate), LearningRate, "a finite number above 0");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "a finite number, 0 or more");
        Require(double.IsFinite(ClipNorm) && ClipNorm >= 0, nameof(ClipNorm), ClipNorm, "a finite number, 0 or more");
        Require(WarmupFraction is >= 0 and <= 1, nameof(WarmupFraction), WarmupFraction, "from 0 to 1");
        Require(LogitAdjustment is >= 0 and <= 10, nameof(LogitAdjustment), LogitAdjustment, "from 0 to 10");
        Require(Proximal is >= 0 and <= 1000, nameof(Proximal), Proximal, "from 0 to 1000");
        Require(MaxTokens >= 3, nameof(MaxTokens), MaxTokens, "at least 3: two special tokens and one of the text");
        Require(Threads is >= 1 and <= 1024, nameof(Threads), Threads, "from 1 to 1024");
        Require(Savings.ShardTokens is >= 1 and <= 65_536, nameof(Savings.ShardTokens), Savings.ShardTokens, "from 1 to 65536");
    }

    private static void Require(bool condition, string setting, double value, string right)
    {
        if (!condition)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{setting} is {value}; it must be {right}."));
        }
    }
}
