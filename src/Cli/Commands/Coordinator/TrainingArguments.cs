using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of how agents train in a round, and of how adapters travel.</summary>
internal sealed class TrainingArguments
{
    private static readonly TrainingOptions Standard = new();

    private static readonly SortedDictionary<string, EdgeFlora.Coordinator.Options.RateSchedule> Schedules = new(
        Enum.GetValues<EdgeFlora.Coordinator.Options.RateSchedule>().ToDictionary(schedule => schedule.ToString().ToLowerInvariant()),
        StringComparer.Ordinal);

    private readonly Option<int> steps = Ranged.Number("--steps", "Optimiser steps of an agent in a round", "steps", 1, 1_000_000, Standard.Steps);
    private readonly Option<int> batch = Ranged.Number("--batch", "Examples per batch", "examples", 1, 4096, Standard.BatchSize);
    private readonly OptimiserArguments optimiser = new(Learning.Training.RateSchedule.Constant, Standard.WarmupFraction, RunDefaults.LearningRate);
    private readonly Option<string> roundSchedule = Ranged.Choice(
        "--round-schedule", "What the peak rate does from round to round, after --warmup-rounds", [.. Schedules.Keys], "constant");

    private readonly Option<int> warmupRounds = Ranged.Number(
        "--warmup-rounds", "Rounds over which the peak rate rises from round to round", "rounds", 0, 9_999, Standard.WarmupRounds);

    private readonly Option<double> adjustment = Ranged.Number(
        "--logit-adjustment",
        "Strength τ with which agents correct for labels being unevenly frequent with them; 0: off, 1: in full; 0 for language models",
        "",
        0,
        10,
        RunDefaults.LogitAdjustment);
    private readonly Option<double> proximal = Ranged.Number(
        "--proximal",
        "Strength μ with which every trained value is pulled back to where the round began (FedProx); 0: off",
        "",
        0,
        1000,
        Standard.Proximal);

    private readonly Option<bool> personalHead = new("--personal-head")
    {
        Description = "Let each agent keep a head of its own, which is never sent",
    };

    private readonly Option<bool> controlVariates = new("--control-variates")
    {
        Description = "Let agents keep control variates (SCAFFOLD), by which an agent's steps go where all agents' steps go; with --gauge anchored",
    };

    private readonly Option<bool> alone = new("--train-alone")
    {
        Description = "Let each agent train an adapter alone beside the run's, with as many steps, and keep the better one at the end",
    };

    private readonly Option<int> maxTokens = Ranged.Number("--max-tokens", "Tokens a text is cut to", "tokens", 2, 131_072, Standard.MaxTokens);
    private readonly Option<int> checkpointEvery = Ranged.Number(
        "--checkpoint-every", "Steps between an agent's checkpoints", "steps", 1, 1_000_000, Standard.CheckpointEverySteps);
    private readonly Option<string> codec = CodecOption.Create(Standard.UpdateCodec);
    private readonly Option<string> broadcastCodec = CodecOption.Broadcast(Standard.BroadcastCodec);

    public IEnumerable<Option> All =>
    [
        steps, batch, .. optimiser.All, roundSchedule, warmupRounds, adjustment, proximal, personalHead, controlVariates, alone,
        maxTokens, checkpointEvery, codec, broadcastCodec,
    ];

    /// <exception cref="InputException">Options do not go together.</exception>
    public TrainingOptions Read(ParseResult parsed)
    {
        TrainingPlan plan = optimiser.Read(parsed);
        return new TrainingOptions
        {
            Steps = parsed.GetValue(steps),
            BatchSize = parsed.GetValue(batch),
            Accumulate = plan.Accumulate,
            LearningRate = optimiser.SaysRate(parsed) ? plan.LearningRate : null,
            Sgd = plan.Optimiser == OptimiserKind.Sgd ? new SgdSettings { Momentum = plan.Momentum, Nesterov = plan.Nesterov } : null,
            WeightDecay = plan.WeightDecay,
            ClipNorm = plan.ClipNorm,
            WarmupFraction = plan.WarmupFraction,
            Schedule = Enum.Parse<EdgeFlora.Coordinator.Options.RateSchedule>(plan.Schedule.ToString()),
            RoundSchedule = Schedules[parsed.GetRequiredValue(roundSchedule)],
            WarmupRounds = parsed.GetValue(warmupRounds),
            LogitAdjustment = parsed.IsGiven(adjustment) ? parsed.GetValue(adjustment) : null,
            Proximal = parsed.GetValue(proximal),
            PersonalHead = parsed.GetValue(personalHead),
            ControlVariates = parsed.GetValue(controlVariates),
            Alone = parsed.GetValue(alone),
            MaxTokens = parsed.GetValue(maxTokens),
            CheckpointEverySteps = parsed.GetValue(checkpointEvery),
            UpdateCodec = parsed.GetRequiredValue(codec),
            BroadcastCodec = parsed.GetRequiredValue(broadcastCodec),
        };
    }
}
