namespace EdgeFlora.Testing;

/// <summary>What a federation's run does.</summary>
internal sealed record RunSetup
{
    public int Rounds { get; init; } = 2;

    /// <summary>Agents that a round needs; 0: all that there are.</summary>
    public int Agents { get; init; }

    /// <summary>Optimiser steps of an agent in a round.</summary>
    public int Steps { get; init; } = 10;

    public int Batch { get; init; } = 4;

    public int MaxTokens { get; init; } = 32;

    public int CheckpointEvery { get; init; } = 2;

    public ulong Seed { get; init; } = 7;

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Labels { get; init; } = Content.MadeUpTexts.Labels;

    /// <summary>Folder of the base model; null: a small one of random weights or, in containers, the one that comes with EdgeFlora.</summary>
    public string? Model { get; init; }

    /// <summary>Share of the agents whose results carry a round.</summary>
    public double Quorum { get; init; } = 1;

    /// <summary>How long the others are waited for then.</summary>
    public TimeSpan StragglerGrace { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an agent may be silent.</summary>
    public TimeSpan LeaseGrace { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan SoftDeadline { get; init; } = TimeSpan.FromSeconds(120);

    public TimeSpan HardDeadline { get; init; } = TimeSpan.FromSeconds(170);

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(120);
}
