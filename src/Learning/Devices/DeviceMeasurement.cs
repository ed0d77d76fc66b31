namespace EdgeFlora.Learning.Devices;

/// <summary>Some optimiser steps of one shape, as they went on this machine.</summary>
/// <param name="Rank">Rank of the adapter.</param>
/// <param name="BatchSize">Examples a step, each of the most tokens.</param>
/// <param name="TokensPerSecond">Of the fastest step; the first one, in which code is compiled, left out.</param>
/// <param name="PeakBytes">
/// Memory for activations, gradients, adapter and optimiser; base weights left out. Null where the engine cannot tell.
/// </param>
/// <param name="TokensAtOnce">Tokens whose activations were in memory at once.</param>
public sealed record DeviceMeasurement(int Rank, int BatchSize, double TokensPerSecond, long? PeakBytes, long TokensAtOnce)
{
    /// <summary>What the process that trained took at most beside training and base weights.</summary>
    public long ProcessBytes { get; init; }
}
