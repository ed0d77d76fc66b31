namespace EdgeFlora.Learning.Pretraining;

/// <summary>Sizes and budget of a masked-language pre-training. Same options, same sentences: same weights, whatever the number of threads.</summary>
public sealed record PretrainingOptions
{
    /// <summary>Folder that receives the model; written anew at every save.</summary>
    public required string Output { get; init; }

    /// <summary>File that training goes on from if it exists, and is saved to; null for none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Optimiser steps. Default 14000.</summary>
    public int Steps { get; init; } = 14_000;

    /// <summary>Sentences per step. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Peak learning rate of AdamW; it rises over the first 5 % of the steps and then falls linearly to 0. Default 0.001.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay of matrices. Default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Words of the vocabulary, special ones included. Default 6144.</summary>
    public int VocabularySize { get; init; } = 6144;

    /// <summary>Width of the token vectors. Default 192.</summary>
    public int HiddenSize { get; init; } = 192;

    /// <summary>Blocks of the encoder. Default 4.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Attention heads; a divisor of <see cref="HiddenSize"/>. Default 3.</summary>
    public int Heads { get; init; } = 3;

    /// <summary>Longest sequence the model takes, special tokens included. Default 128.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Steps between saves. Default 500.</summary>
    public int SaveEvery { get; init; } = 500;

    /// <summary>Seed of initial weights, batch order and masks. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; the result is the same for any number. Default 1.</summary>
    public int Threads { get; init; } = 1;

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Output);
        Require(Steps >= 1, nameof(Steps), Steps, "at least 1");
        Require(BatchSize is >= 1 and <= 65_536, nameof(BatchSize), BatchSize, "from 1 to 65536");
        Require(double.IsFinite(LearningRate) && LearningRate > 0, nameof(LearningRate), LearningRate, "a finite number above 0");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "a finite number, 0 or more");
        Require(VocabularySize is >= 200 and <= 1_000_000, nameof(VocabularySize), VocabularySize, "from 200 to 1000000");
        Require(HiddenSize is >= 1 and <= 16_384, nameof(HiddenSize), HiddenSize, "from 1 to 16384");
        Require(Layers is >= 1 and <= 200, nameof(Layers), Layers, "from 1 to 200");
        Require(Heads >= 1 && HiddenSize % Heads == 0, nameof(Heads), Heads, $"a divisor of {nameof(HiddenSize)} ({HiddenSize})");
        Require(MaxTokens is >= 8 and <= 65_536, nameof(MaxTokens), MaxTokens, "from 8 to 65536");
        Require(SaveEvery >= 1, nameof(SaveEvery), SaveEvery, "at least 1");
        Require(Threads is >= 1 and <= 1024, nameof(Threads), Threads, "from 1 to 1024");
    }

    private static void Require(bool condition, string setting, double value, string right)
    {
        if (!condition)
        {
            throw new ArgumentException(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{setting} is {value}; it must be {right}."));
        }
    }
}
