using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Cli.Tuning;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Train;

/// <summary><c>edgeflora train</c>: fine-tunes an adapter on this machine alone, to try a model before federating it.</summary>
internal sealed class TrainCommand : Command
{
    private readonly Option<string> model = ModelOption.Create();
    private readonly Option<string> weights = WeightsOption.Create();
    private readonly TaskOptions task = new();
    private readonly Option<string> heldOut = new("--held-out")
    {
        Description = "File to measure on, in the form of --data; without it a fraction of --data",
        HelpName = "FILE",
    };
    private readonly Option<double> heldOutFraction = Ranged.Number(
        "--held-out-fraction", "Fraction of --data that is measured on and never trained on", "", 0, 0.9, 0.2);
    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for the adapter in PEFT layout",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<string> json = JsonFile.Option("losses, metrics, speed and memory");
    private readonly AdapterArguments adapter = new();
    private readonly Option<string> initial = new("--init")
    {
        Description = "Folder of an adapter to go on from; it brings variant, rank, alpha, targets and labels",
        HelpName = "DIR",
    };
    private readonly Option<int> steps = Ranged.Number("--steps", "Optimiser steps, 0 for as many as --epochs take", "steps", 0, 10_000_000, 0);
    private readonly Option<double> epochs = Ranged.Number(
        "--epochs", "Times each training example is seen, where --steps is not given", "", 0.001, 10_000, 3.0);
    private readonly Option<int> batch = Ranged.Number("--batch", "Examples per batch", "examples", 1, 65_536, 16);
    private readonly OptimiserArguments optimiser = new(RateSchedule.Linear, warmup: 0.05);
    private readonly Option<double> logitAdjustment = Ranged.Number(
        "--logit-adjustment", "τ of logit adjustment: 1 keeps a classifier from learning how frequent labels are", "", 0, 10, 0.0);
    private readonly Option<int> maxTokens = Ranged.Number(
        "--max-tokens", "Tokens a text is cut to, at most the model's", "tokens", 3, 1_048_576, 128);
    private readonly Option<ulong> seed = Ranged.Number<ulong>(
        "--seed", "Seed of adapter, split and order; the same seed gives the same bits", "", 0, ulong.MaxValue, 0);
    private readonly Option<string> engine = EngineSelection.EngineOption();
    private readonly Option<string> device = EngineSelection.DeviceOption();
    private readonly Option<int> threads = Ranged.Number(
        "--threads", "Threads; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);
    private readonly Option<string> checkpoint = new("--checkpoint")
    {
        Description = "File for the state of an unfinished training; without it DIR.checkpoint beside --out",
        HelpName = "FILE",
    };
    private readonly Option<int> checkpointEvery = Ranged.Number(
        "--checkpoint-every", "Steps between checkpoints, 0 for only when stopped", "steps", 0, 10_000_000, 200);
    private readonly Option<bool> resume = new("--resume") { Description = "Go on from the checkpoint of a stopped training" };

    public TrainCommand()
        : base("train", "Fine-tune an adapter on this machine alone and measure it: the way to try a model and its settings before a run.")
    {
        optimiser.AlsoCallMomentum("--momentum");
        IEnumerable<Option> all =
        [
            model, weights, .. task.All, heldOut, heldOutFraction, output, json, .. adapter.All, initial, steps, epochs, batch, .. optimiser.All,
            logitAdjustment, maxTokens, seed,
            engine, device, threads, checkpoint, checkpointEvery, resume,
        ];
        foreach (Option option in all)
        {
            Options.Add(option);
        }

        SetAction(
            (parsed, stop) => Task.Run(
                () => new TrainRun(Settings(parsed), parsed.InvocationConfiguration.Output).Run(stop),
                CancellationToken.None));
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public TrainSettings Settings(ParseResult parsed)
    {
        parsed.RefuseBoth(initial, "which brings its own", adapter.All);
        parsed.RefuseBoth(steps, "give one of the two", epochs);
        parsed.RefuseBoth(heldOut, "give one of the two", heldOutFraction);
        string folder = parsed.GetRequiredValue(output);
        string? measured = parsed.GetValue(heldOut);
        (AdapterVariant variant, int rank, double alpha, IReadOnlyList<string>? targets) = adapter.Read(parsed);
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
            Variant = variant,
            Rank = rank,
            Alpha = alpha,
            Targets = targets,
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

    private TrainingPlan Plan(ParseResult parsed) => optimiser.Read(parsed) with
    {
        BatchSize = parsed.GetValue(batch),
        LogitAdjustment = parsed.GetValue(logitAdjustment),
        MaxTokens = parsed.GetValue(maxTokens),
        Seed = parsed.GetValue(seed),
        Threads = parsed.GetValue(threads),
    };
}
