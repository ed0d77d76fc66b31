using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Containers.Tests;

/// <summary>A RabbitMQ broker in a container for the tests of a class.</summary>
/// <remarks>
/// The image is <c>EDGEFLORA_TEST_RABBITMQ_IMAGE</c>, by default the public one. Where no container engine answers, tests are skipped,
/// but fail if <c>EDGEFLORA_TEST_CONTAINERS</c> is set: there somebody has promised one.
/// </remarks>
public sealed class BrokerContainer : IAsyncLifetime
{
    private const string User = "edgeflora";
    private const string Password = "a test's password";
    private const ushort Amqp = 5672;

    private IContainer? container;
    private string? absent;

    /// <summary>How to reach the broker; skips the calling test where there is none.</summary>
    public BrokerOptions Options
    {
        get
        {
            Assert.SkipWhen(absent is not null, absent ?? string.Empty);
            return new BrokerOptions
            {
                Url = $"amqp://{User}:{Uri.EscapeDataString(Password)}@{container!.Hostname}:{container.GetMappedPublicPort(Amqp)}/",
            };
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            container = new ContainerBuilder(Environment.GetEnvironmentVariable("EDGEFLORA_TEST_RABBITMQ_IMAGE") ?? "rabbitmq:4")
                .WithEnvironment("RABBITMQ_DEFAULT_USER", User)
                .WithEnvironment("RABBITMQ_DEFAULT_PASS", Password)
                .WithPortBinding(Amqp, assignRandomHostPort: true)
                .WithWaitStrategy(Wait.ForUnixContainer().UntilMessageIsLogged("Server startup complete"))
                .Build();
            await container.StartAsync(TestContext.Current.CancellationToken);
        }
        catch (DockerUnavailableException exception) when (Environment.GetEnvironmentVariable("EDGEFLORA_TEST_CONTAINERS") is null)
        {
            absent = $"no container engine answers: {exception.Message}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (container is not null)
        {
            await container.DisposeAsync();
        }
    }
}
