using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Commands.Bench;

/// <summary>Measures ranks and batches one by one, then says what is the most that fits.</summary>
internal sealed class DeviceRun(DeviceSettings settings, TextWriter output)
{
    private static readonly int[] Ranks = [4, 8, 16, 32, 64];
    private static readonly int[] Batches = [1, 8, 32];

    /// <exception cref="Adapters.AdapterFormatException">The model cannot be measured.</exception>
    public int Run(CancellationToken stop)
    {
        EngineChoice choice = EngineSelection.Choose(settings.Engine, settings.Device, isolate: false, InstalledWorkers.Programs);
        IEngine engine = choice.Engine;
        BaseModel model = BaseModel.Load(settings.Model, settings.Storage);
        ModelOption.Print(settings.Model, output);
        int tokens = Math.Min(settings.MaxTokens, model.MaxTokens);
        var benchmark = new DeviceBenchmark(engine, model, tokens, settings.Threads, settings.Variant);
        long free = AvailableMemory.Bytes + (settings.Storage == WeightStorage.Mapped ? 0 : model.WeightBytes);
        long memory = settings.Memory ?? free;
        Line($"{SafeText.OneLine(choice.Detail)}");
        string weights = $"{settings.Storage.ToString().ToLowerInvariant()}, {MemorySize.Shown(model.WeightBytes)}";
        Line($"{settings.Threads} threads; {tokens} tokens an example; weights {weights}; {settings.Variant.ToString().ToLowerInvariant()}");
        Line($"| {"rank",4} | {"batch",5} | {"tokens/s",9} | {"memory of training",18} |");
        Line($"|-----:|------:|----------:|-------------------:|");
        List<DeviceMeasurement> measured = Measure(benchmark, free - model.WeightBytes, stop);
        MemoryFit? fit = Fit(measured, tokens);
        IReadOnlyList<DeviceLimit> limits = fit is null ? [] : Limits(fit, memory - model.WeightBytes, benchmark, tokens);
        Print(limits, memory, fit is not null);
        JsonFile.Write(settings.Json, Report(engine, model, tokens, memory, measured, limits));
        return ExitCode.Done;
    }

    /// <summary>Small shapes first; none that the ones before it show to be too large for what is free.</summary>
    private List<DeviceMeasurement> Measure(DeviceBenchmark benchmark, long room, CancellationToken stop)
    {
        var measured = new List<DeviceMeasurement>();
        foreach (int batch in Batches)
        {
            foreach (int rank in Ranks)
            {
                if (Expected(measured, rank, benchmark.TokensAtOnce(batch)) > room)
                {
                    Line($"| {rank,4} | {batch,5} | {"–",9} | {"more than is free",18} |");
                    continue;
                }

                measured.Add(benchmark.Measure(rank, batch, settings.Least, stop));
                DeviceMeasurement last = measured[^1];
                string peak = last.PeakBytes is { } bytes ? MemorySize.Shown(bytes) : "unknown";
                Line($"| {rank,4} | {batch,5} | {last.TokensPerSecond,9:N0} | {peak,18} |");
            }
        }

        return measured;
    }

    /// <summary>More than a shape can take, by the nearest one measured: memory grows at most as rank and tokens do.</summary>
    private static double Expected(List<DeviceMeasurement> measured, int rank, long tokens)
    {
        if (measured.Count == 0 || measured[^1].PeakBytes is null)
        {
            return 0;
        }

        return measured.Min(m => m.PeakBytes!.Value * Math.Max(1, (double)rank / m.Rank) * Math.Max(1, (double)tokens / m.TokensAtOnce));
    }

    private static MemoryFit? Fit(List<DeviceMeasurement> measured, int tokens)
    {
        DeviceMeasurement? At(int rank, int batch) => measured.Find(m => m.Rank == rank && m.BatchSize == batch && m.PeakBytes is not null);
        return At(Ranks[0], Batches[0]) is { } a
            && At(Ranks[^1], Batches[0]) is { } b
            && At(Ranks[0], Batches[^1]) is { } c
            && At(Ranks[^1], Batches[^1]) is { } d
            ? MemoryFit.Of(tokens, a, b, c, d)
            : null;
    }

    private static List<DeviceLimit> Limits(MemoryFit fit, long room, DeviceBenchmark benchmark, int tokens) =>
    [
        .. Ranks.Select(rank => new DeviceLimit("rank", rank, fit.LargestBatch(room, rank, benchmark.TokensAtOnce, tokens))),
        .. Batches.Select(batch => new DeviceLimit("batch", fit.LargestRank(room, benchmark.TokensAtOnce(batch), tokens), batch)),
    ];

    private void Print(IReadOnlyList<DeviceLimit> limits, long memory, bool known)
    {
        Line($"");
        if (!known)
        {
            Line($"What fits cannot be told: the engine does not say what memory it takes, or too few shapes fit to learn from.");
            return;
        }

        Line($"Within {MemorySize.Shown(memory)}, {(settings.Memory is null ? "which are free" : "as asked")}, base weights included:");
        foreach (DeviceLimit limit in limits)
        {
            string answer = limit.Asked == "rank"
                ? limit.Batch is { } batch ? $"batches up to {batch:N0}{(batch == MemoryFit.MostBatch ? " and more" : "")}" : "nothing fits"
                : limit.Rank is { } rank ? $"ranks up to {rank:N0}{(rank == MemoryFit.MostRank ? " and more" : "")}" : "nothing fits";
            Line($"  {limit.Asked} {(limit.Asked == "rank" ? limit.Rank : limit.Batch),3}: {answer}");
        }
    }

    private DeviceReport Report(
        IEngine engine, BaseModel model, int tokens, long memory, List<DeviceMeasurement> measured, IReadOnlyList<DeviceLimit> limits) => new()
        {
            Model = settings.Model,
            ModelSha256 = model.Sha256,
            Weights = settings.Storage.ToString().ToLowerInvariant(),
            WeightBytes = model.WeightBytes,
            Variant = settings.Variant.ToString().ToLowerInvariant(),
            Engine = engine.Name,
            Device = engine.Device,
            Threads = settings.Threads,
            MaxTokens = tokens,
            MemoryBytes = memory,
            Measured = [.. measured.Select(m => new DeviceShape(m.Rank, m.BatchSize, Math.Round(m.TokensPerSecond, 1), m.PeakBytes))],
            Fits = limits,
        };

    private void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
