using DotNet.Testcontainers.Networks;

namespace EdgeFlora.Testing.Containers;

/// <summary>What a coordinator and an agent in containers have in common.</summary>
public sealed record ContainerSettings
{
    /// <summary>The network that it shares with its broker.</summary>
    public required INetwork Network { get; init; }

    /// <summary>The broker as that network knows it: <c>amqp://user:password@rabbitmq:5672/</c>.</summary>
    public required string Broker { get; init; }

    /// <summary>The image; null (the default): EdgeFlora's (<see cref="Images"/>).</summary>
    public string? Image { get; init; }

    /// <summary>More arguments of the program.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Files that it finds, by path.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Folders of this machine that it sees and cannot write to, each with its path there.</summary>
    public IReadOnlyDictionary<string, string> Mounts { get; init; } = new Dictionary<string, string>();
}
