using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Testing.Containers;

/// <summary><c>edgeflora coordinator</c> in a container: a service for one run, as its arguments say.</summary>
public sealed class CoordinatorContainer : ProgramContainer
{
    /// <summary>Where adapter and ledger are at the run's end.</summary>
    public const string OutputFolder = "/state/output";

    /// <summary>On a busy machine a broker that has just started answers late.</summary>
    private const string BrokerPatience = "60";

    /// <param name="settings">Where it lives; its arguments say what the run does.</param>
    public CoordinatorContainer(ContainerSettings settings)
        : base(Build(settings), settings.Network)
    {
    }

    /// <summary>Waits until agents can join its run.</summary>
    /// <exception cref="FederationFailedException">It ended, or is not there within two minutes; the message holds its log.</exception>
    public Task ReadyAsync(CancellationToken stop = default) => LineAsync("the coordinator (has started|is back)", stop);

    /// <summary>A file of its output.</summary>
    /// <param name="name"><c>ledger.json</c>, <c>adapter/adapter_model.safetensors</c>, <c>adapter/adapter_config.json</c>.</param>
    public Task<byte[]> ReadAsync(string name, CancellationToken stop = default) => Container.ReadFileAsync($"{OutputFolder}/{name}", stop);

    private static IContainer Build(ContainerSettings settings)
    {
        ContainerBuilder builder = new ContainerBuilder(settings.Image ?? Images.Coordinator)
            .WithLogger(NullLogger.Instance)
            .WithCommand([.. settings.Arguments, "--state", "/state", "--out", OutputFolder, "--broker-timeout", BrokerPatience])
            .WithEnvironment("EDGEFLORA_BROKER", settings.Broker)
            .WithNetwork(settings.Network);
        builder = settings.Mounts.Aggregate(builder, (with, mount) => with.WithBindMount(mount.Key, mount.Value, AccessMode.ReadOnly));
        return settings.Files.Aggregate(builder, (with, file) => with.WithResourceMapping(file.Value, file.Key)).Build();
    }
}
