using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Testing.Containers;

/// <summary><c>edgeflora agent</c> in a container, with the made-up texts of its name or data of the test's own.</summary>
public sealed class AgentContainer : ProgramContainer
{
    /// <summary>Where its data lies; a file of this path in <see cref="ContainerSettings.Files"/> stands in for the made-up texts.</summary>
    public const string DataFile = "/data/private.jsonl";

    /// <summary>On a busy machine a broker that has just started answers late.</summary>
    private const string BrokerPatience = "60";

    /// <param name="name">Name of the agent: 1 … 64 of <c>a-z 0-9 -</c>.</param>
    /// <param name="settings">Where it lives.</param>
    public AgentContainer(string name, ContainerSettings settings)
        : base(Build(name, settings), settings.Network)
    {
    }

    /// <summary>Waits until it has its connection to the broker.</summary>
    /// <exception cref="FederationFailedException">It ended, or has none within two minutes; the message holds its log.</exception>
    public Task ReadyAsync(CancellationToken stop = default) => LineAsync("Ctrl-C stops it", stop);

    private static IContainer Build(string name, ContainerSettings settings)
    {
        ContainerBuilder builder = new ContainerBuilder(settings.Image ?? Images.Agent)
            .WithLogger(NullLogger.Instance)
            .WithCommand(
            [
                "--name", name, "--data", DataFile, "--state", "/state", "--no-measure", "--broker-timeout", BrokerPatience, .. settings.Arguments,
            ])
            .WithEnvironment("EDGEFLORA_BROKER", settings.Broker)
            .WithNetwork(settings.Network);
        if (!settings.Files.ContainsKey(DataFile))
        {
            builder = builder.WithResourceMapping(System.Text.Encoding.UTF8.GetBytes(Content.MadeUpTexts.Of(name)), DataFile);
        }

        builder = settings.Mounts.Aggregate(builder, (with, mount) => with.WithBindMount(mount.Key, mount.Value, AccessMode.ReadOnly));
        return settings.Files.Aggregate(builder, (with, file) => with.WithResourceMapping(file.Value, file.Key)).Build();
    }
}
