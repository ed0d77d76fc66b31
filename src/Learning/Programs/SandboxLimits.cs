namespace EdgeFlora.Learning.Programs;

/// <summary>What a generated program may use.</summary>
public sealed record SandboxLimits
{
    /// <summary>Time from start to end, and of the processor. Default 10 s.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Address space of each process in MiB. Default 512.</summary>
    public int MemoryMegabytes { get; init; } = 512;

    /// <summary>Processes and threads at once. Default 8.</summary>
    public int Processes { get; init; } = 8;

    /// <summary>Files written, all in memory, in MiB. Default 16.</summary>
    public int FileMegabytes { get; init; } = 16;
}
