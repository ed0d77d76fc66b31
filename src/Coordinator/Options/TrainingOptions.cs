using System.Text.Json.Serialization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Options;

/// <summary>How agents train in one round, and how adapters travel.</summary>
public sealed record TrainingOptions
{
    /// <summary>Of one step.</summary>
    private const int MostExamples = 1_048_576;

    /// <summary>Optimiser steps per round, 1 … 1,000,000. Default 50.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Examples per batch, 1 … 4096. Default 16.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Batches whose gradients are summed for one step, 1 … 65,536 and at most 1,048,576 examples in all. Default 1.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Tokens a text is cut to, 2 … 131,072. Default 64.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Peak learning rate, above 0 … 100. Default (null): <see cref="RunDefaults.LearningRateOf"/>.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Stochastic gradient descent with these settings; absent: AdamW. Default absent.</summary>
    public SgdSettings? Sgd { get; init; }

    /// <summary>Weight decay on matrices, 0 … 10: decoupled from the gradient in AdamW, added to it in SGD. Default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Gradient norm above which gradients are scaled down; 0: off. 0 … 1,000,000; default 1.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Fraction of a round's steps over which the rate rises, 0 … 1. Default 0.</summary>
    public double WarmupFraction { get; init; }

    /// <summary>What the rate then does within the round. Default <see cref="RateSchedule.Constant"/>.</summary>
    public RateSchedule Schedule { get; init; }

    /// <summary>What the peak rate does from round to round, after <see cref="WarmupRounds"/>. Default <see cref="RateSchedule.Constant"/>.</summary>
    public RateSchedule RoundSchedule { get; init; }

    /// <summary>Rounds over which the peak rate rises from round to round, 0 … 9,999 and fewer than the run has. Default 0.</summary>
    public int WarmupRounds { get; init; }

    /// <summary>
    /// τ of logit adjustment (arXiv 2007.07314): agents with uneven labels do not learn the unevenness. 0: off; 0 … 10. Default (null):
    /// <see cref="RunDefaults.LogitAdjustmentOf"/>.
    /// </summary>
    public double? LogitAdjustment { get; init; }

    /// <summary>
    /// μ of FedProx (arXiv 1812.06127), which pulls every trained value back to where a round's task began; 0: off. 0 … 1,000; default 0.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Proximal { get; init; }

    /// <summary>
    /// Whether each agent keeps a classification head of its own, which is never sent (arXiv 1912.00818); then what is published has none. Default
    /// false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool PersonalHead { get; init; }

    /// <summary>
    /// Whether agents keep control variates (SCAFFOLD, arXiv 1910.06378), by which an agent's steps go where all agents' steps go. Default false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ControlVariates { get; init; }

    /// <summary>
    /// Whether each agent trains an adapter alone beside the run's, with as many steps: at the end it keeps the better one. Doubles what agents
    /// train. Default false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Alone { get; init; }

    /// <summary>Optimiser steps between an agent's checkpoints, 1 … 1,000,000. Default 50.</summary>
    public int CheckpointEverySteps { get; init; } = 50;

    /// <summary>Codec of agents' updates. Default <c>int8</c>.</summary>
    public string UpdateCodec { get; init; } = "int8";

    /// <summary>
    /// Codec of the global adapter; the coordinator goes on from what it decodes to, so both sides hold the same numbers. Default <c>fp16</c>.
    /// </summary>
    public string BroadcastCodec { get; init; } = "fp16";

    /// <summary>Fraction of the peak rate that a round has, above 0 … 1.</summary>
    /// <param name="round">From 1.</param>
    /// <param name="rounds">Of the run; a round beyond them, as where their number was lowered, has what the last one has.</param>
    internal double RateOf(int round, int rounds)
    {
        if (round <= WarmupRounds)
        {
            return round / (WarmupRounds + 1.0);
        }

        int falling = Math.Max(1, rounds - WarmupRounds);
        double passed = (double)Math.Min(round - WarmupRounds - 1, falling - 1) / falling;
        return RoundSchedule switch
        {
            RateSchedule.Linear => 1 - passed,
            RateSchedule.Cosine => (1 + Math.Cos(Math.PI * passed)) / 2,
            _ => 1,
        };
    }

    /// <summary>The highest rate of a round's steps.</summary>
    /// <param name="round">From 1.</param>
    /// <param name="rounds">Of the run.</param>
    internal double PeakRate(LearningTask task, int round, int rounds) =>
        RateOf(round, rounds) * (LearningRate ?? RunDefaults.LearningRateOf(task));

    /// <param name="round">From 1.</param>
    /// <param name="rounds">Of the run.</param>
    internal HyperParameters Hyper(LearningTask task, ulong seed, int round, int rounds) => new()
    {
        Steps = Steps,
        BatchSize = BatchSize,
        MaxTokens = MaxTokens,
        LearningRate = PeakRate(task, round, rounds),
        WeightDecay = WeightDecay,
        ClipNorm = ClipNorm,
        WarmupFraction = WarmupFraction,
        LinearDecay = Schedule == RateSchedule.Linear,
        CosineDecay = Schedule == RateSchedule.Cosine,
        Accumulate = Accumulate,
        Sgd = Sgd,
        LogitAdjustment = LogitAdjustment ?? RunDefaults.LogitAdjustmentOf(task),
        Proximal = Proximal,
        Seed = seed,
    };

    internal IEnumerable<string> Problems() =>
    [
        .. OptionRange.Whole("Training:Steps", Steps, 1, 1_000_000),
        .. OptionRange.Whole("Training:BatchSize", BatchSize, 1, 4096),
        .. OptionRange.Whole("Training:MaxTokens", MaxTokens, 2, 131_072),
        .. OptionRange.Whole("Training:Accumulate", Accumulate, 1, Math.Min(65_536, MostExamples / Math.Max(1, BatchSize))),
        .. OptionRange.Number("Training:LearningRate", LearningRate ?? RunDefaults.LearningRate, double.Epsilon, 100),
        .. OptionRange.Number("Training:WeightDecay", WeightDecay, 0, 10),
        .. OptionRange.Number("Training:ClipNorm", ClipNorm, 0, 1_000_000),
        .. OptionRange.Number("Training:WarmupFraction", WarmupFraction, 0, 1),
        .. OptionRange.Whole("Training:WarmupRounds", WarmupRounds, 0, 9_999),
        .. OptionRange.Number("Training:LogitAdjustment", LogitAdjustment ?? 0, 0, 10),
        .. OptionRange.Number("Training:Proximal", Proximal, 0, 1000),
        .. OptionRange.Number("Training:Sgd:Momentum", Sgd?.Momentum ?? 0, 0, 0.9999),
        .. Sgd is { Nesterov: true, Momentum: 0 } ? ["Training:Sgd:Momentum is 0; it is above 0 with Training:Sgd:Nesterov."] : Array.Empty<string>(),
        .. Enum.IsDefined(Schedule) ? Array.Empty<string>()
            : [$"Training:Schedule is {Schedule}; it is one of {string.Join(", ", Enum.GetNames<RateSchedule>())}."],
        .. Enum.IsDefined(RoundSchedule)
            ? Array.Empty<string>()
            : [$"Training:RoundSchedule is {RoundSchedule}; it is one of {string.Join(", ", Enum.GetNames<RateSchedule>())}."],
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
