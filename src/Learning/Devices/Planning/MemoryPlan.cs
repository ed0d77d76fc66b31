using System.Globalization;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Devices.Planning;

/// <summary>What the memory of a training is made of, in bytes, with one choice of savings.</summary>
public sealed record MemoryPlan
{
    public required MemorySavings Savings { get; init; }

    /// <summary>The parts of a step that are held one after the other, and the most examples of one of them.</summary>
    public required (int Count, int Examples) Parts { get; init; }

    /// <summary>The process beside its training: runtime, code, and what else it does. Measured.</summary>
    public required long ProcessBytes { get; init; }

    /// <summary>Base weights as they are held, and what is copied of them.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Activations and their gradients, of all threads.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Adapter, its gradients, the optimiser's state, and the copies that are handed around.</summary>
    public required long AdapterBytes { get; init; }

    /// <summary>What comes and goes: what the collector has not yet taken back, and code that is compiled anew.</summary>
    public required long PassingBytes { get; init; }

    public long TotalBytes => ProcessBytes + WeightBytes + ActivationBytes + AdapterBytes + PassingBytes;

    /// <summary>For people: <c>410 MB: batch 4 × 4, recomputed, int8 weights</c>.</summary>
    public override string ToString()
    {
        string parts = Parts.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Parts.Count} × ");
        string batch = string.Create(CultureInfo.InvariantCulture, $"batch {parts}{Parts.Examples}");
        string weights = Savings.Storage switch
        {
            WeightStorage.Bf16 => ", bf16 weights",
            WeightStorage.EightBit => ", int8 weights",
            WeightStorage.FourBit => ", nf4 weights",
            _ => "",
        };
        return string.Create(
            CultureInfo.InvariantCulture, $"{Megabytes(TotalBytes)} MB: {batch}{(Savings.Recompute ? ", recomputed" : "")}{weights}");
    }

    /// <summary>Millions of bytes, rounded up.</summary>
    public static long Megabytes(long bytes) => (Math.Max(0, bytes) + 999_999) / 1_000_000;
}
