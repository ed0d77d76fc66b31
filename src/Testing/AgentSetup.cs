namespace EdgeFlora.Testing;

/// <summary>How one agent of a federation is. What is not said is as every other's.</summary>
public sealed class AgentSetup
{
    internal AgentSetup(string name) => Name = name;

    /// <summary>Its name: 1 … 64 of <c>a-z 0-9 -</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// A JSONL file of its private data, with <c>text</c> and <c>label</c> in each line; null (the default): 60 short texts that are made up, others
    /// for each name.
    /// </summary>
    public string? DataFile { get; set; }

    /// <summary>Image that it is a container of; null (the default): EdgeFlora's agent. In containers only.</summary>
    public string? Image { get; set; }

    /// <summary>More arguments of <c>edgeflora agent</c>, for example <c>--engine torch</c>. In containers only.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Files that its container finds, by path; for example one for <c>--config</c>. In containers only.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; set; } = new Dictionary<string, byte[]>();

    /// <summary>Folders of this machine that its container sees and cannot write to, each with its path there. In containers only.</summary>
    public IReadOnlyDictionary<string, string> Mounts { get; set; } = new Dictionary<string, string>();

    /// <summary>The round in which it is slow; 0: in none.</summary>
    internal int SlowRound { get; set; }

    /// <summary>How many times as long a step takes in that round.</summary>
    internal double SlowFactor { get; set; } = 1;
}
