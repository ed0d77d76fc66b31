using System.CommandLine;
using System.CommandLine.Parsing;
using EdgeFlora.Cli.Agent;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Train;

/// <summary><c>edgeflora train</c>: fine-tunes an adapter on this machine alone, to try a model before federating it.</summary>
internal sealed class TrainCommand : Command
{
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly TaskOptions task = new();
    private readonly Option<string> heldOut = new("--held-out") { Description = "File to measure on, in the form of --data; without it a fraction of --data", HelpName = "FILE" };
    private readonly Option<double> heldOutFraction = Ranged.Number("--held-out-fraction", "Fraction of --data that is measured on and never trained on", "", 0, 0.9, 0.2);
    private readonly Option<string> output = new("--out") { Description = "Folder for the adapter in PEFT layout", HelpName = "DIR", Required = true };
    private readonly Option<string> json = JsonFile.Option("losses, metrics, speed and memory");
    private readonly Option<string> variant = VariantOption.Create();
    private readonly Option<int> rank = Ranged.Number("--rank", "Inner dimension of the factors", "", 1, 1024, 8);
    private readonly Option<double> alpha = Ranged.Number("--alpha", "Numerator of the scale α/rank, 0 for twice the rank (hira: the rank)", "", 0, 1e6, 0);
    private readonly Option<string> targets = new("--targets") { Description = "Endings of the names of adapted layers; without it those of queries and values", HelpName = "NAME,NAME,…" };
    private readonly Option<string> initial = new("--init") { Description = "Folder of an adapter to go on from; it brings variant, rank, alpha, targets and labels", HelpName = "DIR" };
    private readonly Option<int> steps = Ranged.Number("--steps", "Optimiser steps, 0 for as many as --epochs take", "steps", 0, 10_000_000, 0);
    private readonly Option<double> epochs = Ranged.Number("--epochs", "Times each training example is seen, where --steps is not given", "", 0.001, 10_000, 3.0);
    private readonly Option<int> batch = Ranged.Number("--batch", "Examples per batch", "examples", 1, 65_536, 16);
    private readonly Option<int> accumulate = Ranged.Number("--accumulate", "Batches summed for one step", "batches", 1, 65_536, 1);
    private readonly Option<double> rate = Ranged.Number("--lr", "Peak learning rate", "", 1e-9, 100, 5e-4);
    private readonly Option<string> schedule = Ranged.Choice("--schedule", "What the rate does after the warm-up", ["constant", "linear", "cosine"], "linear");
    private readonly Option<double> warmup = Ranged.Number("--warmup", "Fraction of the steps over which the rate rises", "", 0, 1, 0.05);
    private readonly Option<string> optimiser = Ranged.Choice("--optimiser", "What turns gradients into steps", ["adamw", "sgd"], "adamw");
    private readonly Option<double> momentum = Ranged.Number("--momentum", "Momentum of sgd", "", 0, 0.9999, 0.9);
    private readonly Option<bool> nesterov = new("--nesterov") { Description = "Let the momentum of sgd look one step ahead" };
    private readonly Option<double> decay = Ranged.Number("--weight-decay", "Weight decay on matrices", "", 0, 10, 0.0);
    private readonly Option<double> clip = Ranged.Number("--clip", "Gradient norm above which gradients are scaled down, 0 for never", "", 0, 1e6, 1.0);
    private readonly Option<double> logitAdjustment = Ranged.Number("--logit-adjustment", "τ of logit adjustment: 1 keeps a classifier from learning how frequent labels are", "", 0, 10, 0.0);
    private readonly Option<int> maxTokens = Ranged.Number("--max-tokens", "Tokens a text is cut to, at most the model's", "tokens", 3, 1_048_576, 128);
    private readonly Option<ulong> seed = Ranged.Number<ulong>("--seed", "Seed of adapter, split and order; the same seed gives the same bits", "", 0, ulong.MaxValue, 0);
    private readonly Option<string> engine = Engines.EngineOption();
    private readonly Option<string> device = Engines.DeviceOption();
    private readonly Option<int> threads = Ranged.Number("--threads", "Threads; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);
    private readonly Option<string> checkpoint = new("--checkpoint") { Description = "File for the state of an unfinished training; without it DIR.checkpoint beside --out", HelpName = "FILE" };
    private readonly Option<int> checkpointEvery = Ranged.Number("--checkpoint-every", "Steps between checkpoints, 0 for only when stopped", "steps", 0, 10_000_000, 200);
    private readonly Option<bool> resume = new("--resume") { Description = "Go on from the checkpoint of a stopped training" };

    public TrainCommand()
        : base("train", "Fine-tune an adapter on this machine alone and measure it: the way to try a model and its settings before a run.")
    {
        foreach (Option option in new Option[] { model, weights }.Concat(task.All).Concat(
        [
            heldOut, heldOutFraction, output, json, variant, rank, alpha, targets, initial, steps, epochs, batch, accumulate, rate, schedule, warmup, optimiser, momentum,
            nesterov, decay, clip, logitAdjustment, maxTokens, seed, engine, device, threads, checkpoint, checkpointEvery, resume,
        ]))
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => Task.Run(() => new TrainRun(Settings(parsed), parsed.InvocationConfiguration.Output).Run(stop), CancellationToken.None));
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public TrainSettings Settings(ParseResult parsed)
    {
        RefuseBoth(parsed, initial, "which brings its own", variant, rank, alpha, targets);
        RefuseBoth(parsed, steps, "give one of the two", epochs);
        RefuseBoth(parsed, heldOut, "give one of the two", heldOutFraction);
        string folder = parsed.GetRequiredValue(output);
        string? measured = parsed.GetValue(heldOut);
        return new TrainSettings
        {
            Model = ModelOption.Check(parsed.GetRequiredValue(model)),
            Storage = WeightsOption.Storage(parsed.GetRequiredValue(weights)),
            Task = task.Settings(parsed) with
            {
                HeldOut = measured is null ? null : TaskOptions.Present("--held-out", measured),
                HeldOutFraction = parsed.GetValue(heldOutFraction),
            },
            Initial = parsed.GetValue(initial),
            Variant = VariantOption.Parse(parsed.GetRequiredValue(variant)),
            Rank = parsed.GetValue(rank),
            Alpha = parsed.GetValue(alpha) is > 0 and var given ? given : null,
            Targets = parsed.GetValue(targets)?.Split(',', StringSplitOptions.TrimEntries),
            Steps = parsed.GetValue(steps) is > 0 and var count ? count : null,
            Epochs = parsed.GetValue(epochs),
            Plan = Plan(parsed),
            Engine = parsed.GetRequiredValue(engine),
            Device = parsed.GetRequiredValue(device),
            Out = folder,
            Checkpoint = parsed.GetValue(checkpoint) ?? Path.TrimEndingDirectorySeparator(folder) + ".checkpoint",
            CheckpointEvery = parsed.GetValue(checkpointEvery),
            Resume = parsed.GetValue(resume),
            Json = JsonFile.Check(parsed.GetValue(json)),
        };
    }

    private TrainingPlan Plan(ParseResult parsed)
    {
        if (parsed.GetValue(nesterov) && parsed.GetValue(momentum) == 0)
        {
            throw new InputException("--nesterov needs a --momentum above 0");
        }

        return new TrainingPlan
        {
            Steps = 1,
            BatchSize = parsed.GetValue(batch),
            Accumulate = parsed.GetValue(accumulate),
            LearningRate = parsed.GetValue(rate),
            Optimiser = Enum.Parse<OptimiserKind>(parsed.GetRequiredValue(optimiser), ignoreCase: true),
            Momentum = parsed.GetValue(momentum),
            Nesterov = parsed.GetValue(nesterov),
            WeightDecay = parsed.GetValue(decay),
            ClipNorm = parsed.GetValue(clip),
            WarmupFraction = parsed.GetValue(warmup),
            Schedule = Enum.Parse<RateSchedule>(parsed.GetRequiredValue(schedule), ignoreCase: true),
            LogitAdjustment = parsed.GetValue(logitAdjustment),
            MaxTokens = parsed.GetValue(maxTokens),
            Seed = parsed.GetValue(seed),
            Threads = parsed.GetValue(threads),
        };
    }

    private static void RefuseBoth(ParseResult parsed, Option first, string reason, params Option[] others)
    {
        if (IsGiven(parsed, first) && others.FirstOrDefault(other => IsGiven(parsed, other)) is { } other)
        {
            throw new InputException($"{other.Name} is given beside {first.Name}, {reason}");
        }
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };
}
