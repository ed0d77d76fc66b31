using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Devices.Planning;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Devices;

/// <summary>What a device can train: measured once for a model, an engine and a number of threads, and kept.</summary>
public sealed record DeviceProfile
{
    /// <summary>Rank that an agent tells its speed and its largest batch for.</summary>
    public const int UsualRank = 8;

    /// <summary>Examples a step that an agent tells its largest rank for.</summary>
    public const int UsualBatch = 16;

    private const int LowRank = 4;
    private const int HighRank = 64;

    // Beyond these tokens a step no engine gains speed, and a short look must stay short.
    private const int LargeTokens = 1024;

    /// <summary>What it was measured for: anything else means to measure again.</summary>
    public required string Key { get; init; }

    /// <summary>Training speed at a low rank.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Bytes of mapped base weights, which must find room beside training to be fast; what was copied has its room already.</summary>
    public required long MappedBytes { get; init; }

    /// <summary>Memory of training LoRA and rsLoRA; null where the engine cannot tell.</summary>
    public required MemoryFit? Memory { get; init; }

    /// <summary>Memory of training DoRA; null where the engine cannot tell.</summary>
    public MemoryFit? DoraMemory { get; init; }

    /// <summary>Memory of training HiRA; null where the engine cannot tell.</summary>
    public MemoryFit? HiraMemory { get; init; }

    /// <summary>
    /// What the process takes beside training and base weights, as it was when this was measured: runtime, compiled code, and what else it does.
    /// </summary>
    public long ProcessBytes { get; init; }

    /// <summary>Memory of training with all savings, base weights included; null where the engine knows none.</summary>
    public MemoryFit? Least { get; init; }

    /// <summary>What identifies the model, how it is held, engine, device, threads, and whether a language model is trained.</summary>
    public static string KeyOf(IEngine engine, BaseModel model, int maxTokens, int threads, bool language = false)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(model);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"2|{model.Sha256}|{model.Storage}|{engine.Name}|{engine.Device}|{Environment.ProcessorCount}|{threads}|{maxTokens}|"
                + $"{(language ? "lm" : "classification")}|{typeof(DeviceProfile).Assembly.ManifestModule.ModuleVersionId}");
    }

    /// <summary>Memory of training an adapter of some variant; null where the engine cannot tell.</summary>
    public MemoryFit? MemoryOf(AdapterVariant variant) => variant switch
    {
        AdapterVariant.Dora => DoraMemory,
        AdapterVariant.Hira => HiraMemory,
        _ => Memory,
    };

    /// <summary>The short form of <c>edgeflora bench device</c>: four shapes of each variant, a few steps each.</summary>
    /// <param name="maxTokens">Tokens of every example; at most the model's.</param>
    /// <param name="language">Whether a language model is trained; else a classifier.</param>
    /// <param name="room">
    /// Bytes that the process may take in all, where that is known: shapes that do not fit are left out, and what is measured is made to fit.
    /// </param>
    /// <exception cref="EdgeFlora.Adapters.AdapterFormatException">The model has no layers of the usual names to adapt.</exception>
    public static DeviceProfile Measure(
        IEngine engine, BaseModel model, int maxTokens, int threads, bool language, CancellationToken cancellationToken, long? room = null)
    {
        string key = KeyOf(engine, model, maxTokens, threads, language);
        int batch = Math.Max(2, LargeTokens / maxTokens);
        MemoryFit? least = MemoryPlanner.Covers(engine) ? LeastMemory(engine, model, maxTokens, threads, language) : null;
        if (least is not null && Savings() is { } savings && savings != MemorySavings.None)
        {
            DeviceMeasurement one = Benchmark(AdapterVariant.Lora, savings).Measure(LowRank, UsualBatch, TimeSpan.Zero, cancellationToken);
            return Profile(one, one) with { Key = key };
        }

        // The smallest first, before which this process has trained nothing.
        DeviceMeasurement[] plain = Points(AdapterVariant.Lora);
        MemoryFit? memory = Fit(plain);
        return Profile(plain[0], plain[2]) with
        {
            Key = key,
            Memory = memory,

            // An engine that cannot tell of one cannot tell of the others.
            DoraMemory = memory is null ? null : Fit(Points(AdapterVariant.Dora)),
            HiraMemory = memory is null ? null : Fit(Points(AdapterVariant.Hira)),
        };

        DeviceProfile Profile(DeviceMeasurement smallest, DeviceMeasurement fast) => new()
        {
            Key = key,
            TokensPerSecond = fast.TokensPerSecond,
            MappedBytes = model.Storage == WeightStorage.Mapped ? model.WeightBytes : 0,
            Memory = null,
            ProcessBytes = smallest.ProcessBytes,
            Least = least,
        };

        MemorySavings? Savings()
        {
            MemoryChoice? choice = room is { } bytes
                ? MemoryPlanner.Choose(Benchmark(AdapterVariant.Hira).Shape(HighRank, batch), Environment.WorkingSet, bytes, rounds: false)
                : null;
            return choice is null ? null : (choice.Plan ?? choice.Least).Savings;
        }

        DeviceBenchmark Benchmark(AdapterVariant variant, MemorySavings? saved = null) =>
            new(engine, model, maxTokens, threads, variant, language, saved);

        DeviceMeasurement[] Points(AdapterVariant variant)
        {
            DeviceBenchmark benchmark = Benchmark(variant);
            DeviceMeasurement At(int rank, int size) => benchmark.Measure(rank, size, TimeSpan.Zero, cancellationToken);
            return [At(LowRank, 1), At(HighRank, 1), At(LowRank, batch), At(HighRank, batch)];
        }

        MemoryFit? Fit(DeviceMeasurement[] points) =>
            points.All(point => point.PeakBytes is not null) ? MemoryFit.Of(maxTokens, points[0], points[1], points[2], points[3]) : null;
    }

    /// <summary>Through two ranks, counted: with parts of a batch held one after the other, its size makes no difference.</summary>
    private static MemoryFit LeastMemory(IEngine engine, BaseModel model, int maxTokens, int threads, bool language)
    {
        var benchmark = new DeviceBenchmark(engine, model, maxTokens, threads, AdapterVariant.Lora, language);
        long Bytes(int rank) => MemoryPlanner.Choose(benchmark.Shape(rank, UsualBatch), process: 0, room: 0, rounds: true).Least.TotalBytes;
        double slope = (Bytes(HighRank) - Bytes(LowRank)) / (double)(HighRank - LowRank);
        return new MemoryFit { MaxTokens = maxTokens, Fixed = Bytes(LowRank) - (slope * LowRank), PerRank = slope, PerToken = 0, PerTokenRank = 0 };
    }
}
