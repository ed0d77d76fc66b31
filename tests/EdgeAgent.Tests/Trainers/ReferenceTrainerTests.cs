using System.Diagnostics;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.LearningTasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.EdgeAgent.Tests.Given;
using EdgeFlora.EdgeAgent.Trainers;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Given;
using EdgeFlora.Learning.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Trainers;

/// <summary>samples/trainer-pytorch beside the portable engine: the same task, and so the same losses.</summary>
public sealed class ReferenceTrainerTests : IDisposable
{
    // Single precision on both sides, in another order of sums; AdamW's first steps divide gradients by their own size, which lets rounding grow.
    private const double Tolerance = 1e-3;
    private const int Steps = 12;

    // Runs the trainer and, unless it has a checkpoint, tells it to stop while it writes its n-th line of progress; n = 0: never.
    private const string Starter = """
        import builtins, os, runpy, signal, sys
        stop, sys.argv = int(sys.argv[1]), sys.argv[2:]
        plain, reported = open, []
        def opened(path, mode="r", *rest, **named):
            if mode == "a":
                reported.append(path)
                if len(reported) == stop: os.kill(os.getpid(), signal.SIGTERM)
            return plain(path, mode, *rest, **named)
        if stop > 0 and not os.path.exists(sys.argv[-1] + "/checkpoint"): builtins.open = opened
        runpy.run_path(sys.argv[0], run_name="__main__")
        """;

    private static readonly string[] Labels = ["files", "network", "text"];
    private static readonly string? Python = FindPython();

    private readonly TemporaryFolder folder = new();

    public ReferenceTrainerTests() =>
        Assert.SkipUnless(Python is not null, "There is no python3 with torch here (Debian: python3-torch; or name one by EDGEFLORA_PYTHON).");

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, int, bool, HyperParameters> Plans => new()
    {
        { "Lora", 4, false, Hyper },
        { "RsLora", 0, false, Hyper with { LinearDecay = true, WarmupFraction = 0.2, ClipNorm = 0.5, WeightDecay = 0.1, LogitAdjustment = 1 } },
        {
            "Lora", 6, false, Hyper with
            {
                Sgd = new SgdSettings { Momentum = 0.8, Nesterov = true },
                LearningRate = 0.05,
                Accumulate = 2,
                BatchSize = 3,
                CosineDecay = true,
                WeightDecay = 0.01,
            }
        },
        { "Lora", 5, false, Hyper with { Proximal = 2 } },
        { "Lora", 5, true, Hyper with { LinearDecay = true, WarmupFraction = 0.2 } },
    };

    private static HyperParameters Hyper => new() { LearningRate = 2e-3, Steps = Steps, BatchSize = 6, MaxTokens = 24, Seed = 7 };

    [Theory]
    [MemberData(nameof(Plans))]
    public void Its_losses_and_figures_agree_with_the_portable_engines_even_if_it_was_stopped_and_started_again(
        string variant, int stopAtLine, bool corrects, HyperParameters hyper)
    {
        var model = BaseModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "edgeflora-doc-bert"));
        PrivateData data = Data();
        TaskOffer offer = Offers.Bare() with { Hyper = hyper, Labels = Labels, CheckpointEverySteps = 1000 };
        LoraAdapter adapter = Adapter(model, variant);
        var start = new TrainingStart(model, adapter, FrozenFactors.None) { Correction = corrects ? Correction(adapter) : null };
        AgentOptions options = Options(model, stopAtLine);
        Directory.CreateDirectory(folder.In("portable"));
        Directory.CreateDirectory(folder.In("pytorch"));

        var engine = new PortableEngine();
        TrainedUpdate ours = new LocalTraining(
            engine,
            new MemoryCheck(null, "", engine, 1, () => 0),
            options,
            Permits.Free,
            TimeProvider.System,
            NullLogger.Instance)
            .Run(offer, data, start, folder.In("portable/checkpoint"), new TaskProgressBoard(), TestContext.Current.CancellationToken);
        TrainedUpdate theirs = new CommandTraining(options.Trainer!, options, Permits.Free, TimeProvider.System, NullLogger.Instance)
            .Run(offer, data, start, folder.In("pytorch/checkpoint"), new TaskProgressBoard(), TestContext.Current.CancellationToken);

        double[] losses = [.. File.ReadLines(folder.In("pytorch/trainer/progress.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(row => row.TryGetProperty("loss", out _)).Select(row => row.GetProperty("loss").GetDouble())];
        double[] expected = PortableLosses(engine, model, start, offer, data);
        Assert.Equal(Steps, losses.Length);
        Assert.Equal(stopAtLine > 0, File.Exists(folder.In("pytorch/trainer/checkpoint/state.pt")));
        Assert.All(expected.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, pair.First * Tolerance));
        Assert.Equal(ours.Metrics.GlobalLoss!.Value, theirs.Metrics.GlobalLoss!.Value, ours.Metrics.GlobalLoss.Value * Tolerance);
        Assert.Equal(ours.Metrics.LocalLoss!.Value, theirs.Metrics.LocalLoss!.Value, ours.Metrics.LocalLoss.Value * 10 * Tolerance);
        Assert.Equal(ours.Metrics.GlobalMacroF1!.Value, theirs.Metrics.GlobalMacroF1!.Value, 1e-6);
        Assert.Equal((ours.Examples, ours.Metrics.HeldOut), (theirs.Examples, theirs.Metrics.HeldOut));
        Assert.True(expected[^1] < 0.8 * expected[0], "Too little was learnt for the comparison to say anything.");
    }

    /// <summary>Small beside the adapter, and not small beside what a round moves.</summary>
    private static LoraAdapter Correction(LoraAdapter adapter) => AdapterValues.With(adapter, i => 0.01f * MathF.Sin(i));

    private static double[] PortableLosses(PortableEngine engine, BaseModel model, TrainingStart start, TaskOffer offer, PrivateData data)
    {
        TrainingPlan plan = TrainingPlans.Of(offer, start, 1);
        using ITraining training = data.For(offer, model, plan.MaxTokens).Start(engine, start, plan);
        return [.. Enumerable.Range(0, Steps).Select(_ => training.TrainStep())];
    }

    private static LoraAdapter Adapter(BaseModel model, string variant)
    {
        var settings = new LoraSettings
        {
            Rank = 4,
            Alpha = 8,
            Variant = Enum.Parse<AdapterVariant>(variant),
            TargetModules = ["query", "value"],
            ModulesToSave = ["classifier"],
        };
        ModuleShape[] modules = [.. model.Network.Layout.Linears
            .Where(layer => layer.Name.EndsWith("query", StringComparison.Ordinal) || layer.Name.EndsWith("value", StringComparison.Ordinal))
            .Select(layer => new ModuleShape(layer.Name, layer.Outputs, layer.Inputs))];
        TensorShape[] saved = [new("classifier.bias", [Labels.Length]), new("classifier.weight", [Labels.Length, 192])];
        return AdapterInitializer.Create(new AdapterShape(settings, modules, saved), seed: 3);
    }

    private static string? FindPython()
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("EDGEFLORA_PYTHON"), "/usr/bin/python3"];
        foreach (string python in candidates.OfType<string>().Where(File.Exists))
        {
            using Process probe = Process.Start(
                new ProcessStartInfo(python, ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"]))!;
            probe.WaitForExit();
            if (probe.ExitCode == 0)
            {
                return python;
            }
        }

        return null;
    }

    private PrivateData Data()
    {
        string[][] words =
        [
            [
                "Opens a file for reading and writing.", "Deletes the directory and all files in it.",
                "Gets the length of a file in bytes.", "Moves a file to another path.",
            ],
            [
                "Sends a request to a remote host.", "Listens for connections on a socket.",
                "Resolves a host name to its addresses.", "Closes the connection to the server.",
            ],
            [
                "Replaces a part of a string.", "Compares two strings by their characters.",
                "Splits a text into words.", "Encodes characters as bytes.",
            ],
        ];
        File.WriteAllLines(
            folder.In("data.jsonl"),
            Enumerable.Range(0, 30).Select(
                i => JsonSerializer.Serialize(new { text = $"{words[i % 3][i / 3 % 4]} Version {i}.", label = Labels[i % 3] })));
        return PrivateData.Load(new DataSetOptions { Files = [folder.In("data.jsonl")] });
    }

    private AgentOptions Options(BaseModel model, int stopAtLine) => new()
    {
        Name = "a",
        Engine = AgentOptions.CommandEngine,
        Models = [ModelOptions.Of(model.Folder)],
        Data = [new DataSetOptions { Files = [folder.In("data.jsonl")] }],
        StateFolder = folder.In("state"),
        Trainer = new TrainerOptions
        {
            Command = [Python!, "-c", Starter, $"{stopAtLine}", Path.Combine(
            AppContext.BaseDirectory, "samples", "trainer-pytorch", "trainer.py")]
        },
    };
}
