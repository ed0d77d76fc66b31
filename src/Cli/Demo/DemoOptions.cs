using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Demo;

/// <summary>What a demo's command line asks for.</summary>
internal sealed record DemoOptions
{
    public required int Agents { get; init; }

    public required int Rounds { get; init; }

    public required string Strategy { get; init; }

    /// <summary>Concentration of the Dirichlet distribution that deals the data out; small is uneven.</summary>
    public required double Alpha { get; init; }

    /// <summary>LoRA rank.</summary>
    public required int Rank { get; init; }

    public required string Codec { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The broker; in memory, everything runs in this process.</summary>
    public required BrokerOptions Broker { get; init; }

    /// <summary>Folder that receives everything.</summary>
    public required string Out { get; init; }

    /// <summary>Second place for the result, besides the folder.</summary>
    public string? Json { get; init; }

    /// <summary>Whether to cause no faults.</summary>
    public bool Calm { get; init; }

    /// <summary>Whether to train the two baselines.</summary>
    public bool Baselines { get; init; } = true;

    /// <summary>Folder of the base model.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of the SDK's reference packs; null looks for them.</summary>
    public string? Packs { get; init; }

    /// <summary>Names of the agents, in order.</summary>
    public IReadOnlyList<string> AgentNames => [.. Enumerable.Range(1, Agents).Select(i => $"agent-{i}")];
}
