using System.Globalization;
using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Training;

/// <summary>How long and how fast an agent trains in one task. Same plan, same data, same start: same bits.</summary>
public sealed record TrainingPlan
{
    /// <summary>Optimiser steps; ≥ 1.</summary>
    public required int Steps { get; init; }

    /// <summary>Examples per step; ≥ 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Peak learning rate of AdamW.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Decoupled weight decay of AdamW on A and B; the head's bias is exempt.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Global gradient norm above which gradients are scaled down; 0 turns clipping off.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Fraction of the steps over which the rate rises from 0; it then falls linearly to 0 at the last step if <see cref="LinearDecay"/>.</summary>
    public double WarmupFraction { get; init; }

    /// <summary>Whether the rate falls linearly to 0 after the warm-up; else it stays.</summary>
    public bool LinearDecay { get; init; }

    /// <summary>
    /// τ of logit adjustment (arXiv 2007.07314): while training, τ·ln(share of the label among the examples) is added to each logit, and labels without an example are left out;
    /// so a model does not learn which labels happen to be frequent. 0 turns it off, 1 is the theory's choice.
    /// </summary>
    public double LogitAdjustment { get; init; }

    /// <summary>Tokens a text is cut to, special tokens included.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Seed of batch order and dropout.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Factors that stay bit by bit as the adapter has them; all others are trained. An engine that cannot hold one refuses the plan.</summary>
    public FrozenFactors Frozen { get; init; } = FrozenFactors.None;

    /// <summary>Threads for matrix products; the result is the same for any number.</summary>
    public int Threads { get; init; } = 1;

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Steps >= 1, nameof(Steps), Steps, "at least 1");
        Require(BatchSize is >= 1 and <= 65_536, nameof(BatchSize), BatchSize, "from 1 to 65536");
        Require(double.IsFinite(LearningRate) && LearningRate > 0, nameof(LearningRate), LearningRate, "a finite number above 0");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "a finite number, 0 or more");
        Require(double.IsFinite(ClipNorm) && ClipNorm >= 0, nameof(ClipNorm), ClipNorm, "a finite number, 0 or more");
        Require(WarmupFraction is >= 0 and <= 1, nameof(WarmupFraction), WarmupFraction, "from 0 to 1");
        Require(LogitAdjustment is >= 0 and <= 10, nameof(LogitAdjustment), LogitAdjustment, "from 0 to 10");
        Require(MaxTokens >= 3, nameof(MaxTokens), MaxTokens, "at least 3: two special tokens and one of the text");
        Require(Threads is >= 1 and <= 1024, nameof(Threads), Threads, "from 1 to 1024");
    }

    private static void Require(bool condition, string setting, double value, string right)
    {
        if (!condition)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{setting} is {value}; it must be {right}."));
        }
    }
}
