using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Coordinator;

/// <summary>Options of how agents train in a round, and of how adapters travel.</summary>
internal sealed class TrainingArguments
{
    private static readonly TrainingOptions Standard = new();

    private readonly Option<int> steps = Ranged.Number("--steps", "Optimiser steps of an agent in a round", "steps", 1, 1_000_000, Standard.Steps);
    private readonly Option<int> batch = Ranged.Number("--batch", "Examples per step", "examples", 1, 4096, Standard.BatchSize);
    private readonly Option<double> learningRate = Ranged.Number("--learning-rate", "Peak learning rate of AdamW", "", 1e-9, 10, Standard.LearningRate);
    private readonly Option<double> adjustment = Ranged.Number("--logit-adjustment", "Strength τ with which agents correct for labels being unevenly frequent with them; 0: off, 1: in full", "", 0, 10, Standard.LogitAdjustment);
    private readonly Option<int> maxTokens = Ranged.Number("--max-tokens", "Tokens a text is cut to", "tokens", 2, 131_072, Standard.MaxTokens);
    private readonly Option<int> checkpointEvery = Ranged.Number("--checkpoint-every", "Steps between an agent's checkpoints", "steps", 1, 1_000_000, Standard.CheckpointEverySteps);
    private readonly Option<string> codec = CodecOption.Create(Standard.UpdateCodec);

    public IEnumerable<Option> All => [steps, batch, learningRate, adjustment, maxTokens, checkpointEvery, codec];

    public TrainingOptions Read(ParseResult parsed) => Standard with
    {
        Steps = parsed.GetValue(steps),
        BatchSize = parsed.GetValue(batch),
        LearningRate = parsed.GetValue(learningRate),
        LogitAdjustment = parsed.GetValue(adjustment),
        MaxTokens = parsed.GetValue(maxTokens),
        CheckpointEverySteps = parsed.GetValue(checkpointEvery),
        UpdateCodec = parsed.GetRequiredValue(codec),
    };
}
