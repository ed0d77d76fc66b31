using System.Globalization;

namespace EdgeFlora.EdgeAgent.Options;

/// <summary>A program that trains in place of an engine, as docs/trainer-contract.md says. Section <c>Agent:Trainer</c>.</summary>
internal sealed record TrainerOptions
{
    /// <summary>Program and arguments; the task's folder is added as the last one. Not given to a shell.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Longest it may go without a new line in <c>progress.jsonl</c>; 1 s … 1 day. Default 10 min.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long it may take to write a checkpoint when it is asked to end; 0 … 10 min. Default 30 s.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest it may run for one task in one go; 1 s … 30 days. Null (the default): as long as the task may last.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Bytes of memory of its own (<c>prlimit --data</c>; Linux only). Null (the default): no limit.</summary>
    public long? MemoryBytes { get; init; }

    internal IEnumerable<string> Problems()
    {
        const string Section = $"{AgentOptions.Section}:Trainer";
        if (Command.Count == 0 || Command.Any(string.IsNullOrWhiteSpace))
        {
            yield return $"{Section}:{nameof(Command)} is empty; name a program and its arguments.";
        }

        if (Silence < TimeSpan.FromSeconds(1) || Silence > TimeSpan.FromDays(1))
        {
            yield return $"{Section}:{nameof(Silence)} is {Silence:c}; it must be from 1 s to 1 day.";
        }

        if (Grace < TimeSpan.Zero || Grace > TimeSpan.FromMinutes(10))
        {
            yield return $"{Section}:{nameof(Grace)} is {Grace:c}; it must be from 0 s to 10 min.";
        }

        if (Time is { } time && (time < TimeSpan.FromSeconds(1) || time > TimeSpan.FromDays(30)))
        {
            yield return $"{Section}:{nameof(Time)} is {time:c}; it must be from 1 s to 30 days.";
        }

        if (MemoryBytes is < 1 << 20)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Section}:{nameof(MemoryBytes)} is {MemoryBytes}; it must be at least 1 MiB.");
        }
    }
}
