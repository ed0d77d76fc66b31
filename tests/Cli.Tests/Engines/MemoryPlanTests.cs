using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Tests.Engines;

/// <summary>Plans of memory against what processes of their own take that train the embedded model by them.</summary>
public sealed class MemoryPlanTests
{
    private static readonly string[] Labels = ["a", "b"];

    // As many words as tokens fit, so that every part of a step is as large as it can be.
    private static readonly Example[] Examples =
        [.. Enumerable.Range(0, 128).Select(i => new Example(string.Join(' ', Enumerable.Repeat(i % 2 == 0 ? "stream" : "date", 128)), null, i % 2))];

    private static readonly TrainingPlan Plan = new() { Steps = 100, BatchSize = 32, LearningRate = 1e-3, MaxTokens = 128, Seed = 1 };

    private readonly BaseModel model = BaseModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "edgeflora-doc-bert"));

    [Fact]
    public void The_embedded_model_trains_within_what_was_planned_for_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a process's memory is counted in other ways.");
        var engine = RemoteEngine.Open(InstalledWorkers.Portable(), RemoteEngine.DefaultPatience, TimeProvider.System);
        var benchmark = new DeviceBenchmark(engine, model, Plan.MaxTokens, threads: 1);
        long process = benchmark.Measure(4, 1, TimeSpan.Zero, CancellationToken.None).ProcessBytes;
        MemoryPlan roomy = MemoryPlanner.Choose(Shape(), process, long.MaxValue, rounds: true).Plan!;
        MemoryPlan least = MemoryPlanner.Choose(Shape(), process, 0, rounds: true).Least;
        foreach (long room in new[] { roomy.TotalBytes, (roomy.TotalBytes + least.TotalBytes) / 2, least.TotalBytes })
        {
            MemoryPlan plan = MemoryPlanner.Choose(Shape(), process, room, rounds: true).Plan!;

            long peak = Peak(engine, plan.Savings);

            Assert.InRange(peak, 1, (long)(1.1 * plan.TotalBytes));
            string said = FormattableString.Invariant($"room {room:N0}: planned {plan}, {plan.TotalBytes:N0}; peak {peak:N0}");
            TestContext.Current.TestOutputHelper?.WriteLine(said);
        }

        Assert.InRange(least.TotalBytes, 1, roomy.TotalBytes - 10_000_000);
    }

    private TrainingShape Shape() => new()
    {
        Model = model,
        Labels = Labels.Length,
        Rank = 8,
        Variant = AdapterVariant.Lora,
        Targets = ["query", "value"],
        Plan = Plan,
    };

    /// <summary>VmHWM of a process that trains some steps and measures.</summary>
    private long Peak(RemoteEngine engine, MemorySavings savings)
    {
        using BaseModelFolder folder = BaseModelFolder.Open(model.Folder);
        var settings = new LoraSettings { Rank = 8, Alpha = 16, TargetModules = ["query", "value"] };
        LoraAdapter adapter = folder.FirstAdapter(settings, Labels.Length, seed: 1);
        using IFineTuning tuning = engine.Start(model, adapter, Labels, Examples, Plan with { Savings = savings });
        for (int step = 0; step < 3; step++)
        {
            tuning.TrainStep();
        }

        tuning.Predict(Examples, CancellationToken.None);
        tuning.Snapshot();
        tuning.TrainStep();
        return tuning.PeakBytes;
    }
}
