using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>How agents train in one round, and how adapters travel.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimiser steps per round, 1 … 1,000,000. Default 50.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Examples per step, 1 … 4096. Default 16.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Tokens a text is cut to, 2 … 131,072. Default 64.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Peak learning rate of AdamW, above 0 … 10. Default 5e-4.</summary>
    public double LearningRate { get; init; } = 5e-4;

    /// <summary>Decoupled weight decay, 0 … 10. Default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Gradient norm above which gradients are scaled down; 0: off. 0 … 1,000,000; default 1.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Fraction of a round's steps over which the rate rises, 0 … 1. Default 0.</summary>
    public double WarmupFraction { get; init; }

    /// <summary>Whether the rate then falls linearly to 0 within the round. Default no.</summary>
    public bool LinearDecay { get; init; }

    /// <summary>τ of logit adjustment (arXiv 2007.07314): agents with uneven labels do not learn the unevenness. 0: off; 0 … 10. Default 0.</summary>
    public double LogitAdjustment { get; init; }

    /// <summary>Optimiser steps between an agent's checkpoints, 1 … 1,000,000. Default 50.</summary>
    public int CheckpointEverySteps { get; init; } = 50;

    /// <summary>Codec of agents' updates. Default <c>int8</c>.</summary>
    public string UpdateCodec { get; init; } = "int8";

    /// <summary>Codec of the global adapter; the coordinator goes on from what it decodes to, so both sides hold the same numbers. Default <c>fp16</c>.</summary>
    public string BroadcastCodec { get; init; } = "fp16";

    internal HyperParameters Hyper(ulong seed) => new()
    {
        Steps = Steps,
        BatchSize = BatchSize,
        MaxTokens = MaxTokens,
        LearningRate = LearningRate,
        WeightDecay = WeightDecay,
        ClipNorm = ClipNorm,
        WarmupFraction = WarmupFraction,
        LinearDecay = LinearDecay,
        LogitAdjustment = LogitAdjustment,
        Seed = seed,
    };

    internal IEnumerable<string> Problems() =>
    [
        .. OptionRange.Whole("Training:Steps", Steps, 1, 1_000_000),
        .. OptionRange.Whole("Training:BatchSize", BatchSize, 1, 4096),
        .. OptionRange.Whole("Training:MaxTokens", MaxTokens, 2, 131_072),
        .. OptionRange.Number("Training:LearningRate", LearningRate, double.Epsilon, 10),
        .. OptionRange.Number("Training:WeightDecay", WeightDecay, 0, 10),
        .. OptionRange.Number("Training:ClipNorm", ClipNorm, 0, 1_000_000),
        .. OptionRange.Number("Training:WarmupFraction", WarmupFraction, 0, 1),
        .. OptionRange.Number("Training:LogitAdjustment", LogitAdjustment, 0, 10),
        .. OptionRange.Whole("Training:CheckpointEverySteps", CheckpointEverySteps, 1, 1_000_000),
        .. CodecProblems("Training:UpdateCodec", UpdateCodec, difference: true),
        .. CodecProblems("Training:BroadcastCodec", BroadcastCodec, difference: false),
    ];

    private static IEnumerable<string> CodecProblems(string setting, string name, bool difference)
    {
        try
        {
            return AdapterCodec.Parse(name).NeedsReference && !difference
                ? [$"{setting} is '{name}', which holds differences only; name a codec that holds a whole adapter, such as fp16."]
                : [];
        }
        catch (AdapterFormatException)
        {
            return [$"{setting} is '{name}'; it is one of {AdapterCodec.Names}."];
        }
    }
}
